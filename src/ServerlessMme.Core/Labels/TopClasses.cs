namespace ServerlessMme.Core.Labels;

/// <summary>Chooses the best classes of an answer.</summary>
public static class TopClasses
{
    /// <summary>
    /// The <paramref name="count"/> best, highest score first; of equal scores the one that the manifest names first,
    /// as NumPy's <c>argmax</c> does.
    /// </summary>
    public static IReadOnlyList<ScoredClass> Of(ReadOnlySpan<float> scores, IReadOnlyList<string> labels, int count)
    {
        var order = new int[scores.Length];
        var keys = new float[scores.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = scores[i];
        }

        Array.Sort(order, (a, b) => keys[a] != keys[b] ? keys[b].CompareTo(keys[a]) : a.CompareTo(b));
        return [.. order.Take(count).Select(index => new ScoredClass(labels[index], index, keys[index]))];
    }
}
