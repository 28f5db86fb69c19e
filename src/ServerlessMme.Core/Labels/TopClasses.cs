using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Labels;

/// <summary>Selects the best classes of an answer.</summary>
public static class TopClasses
{
    /// <summary>Returns the labels that are true if the manifest's labels are independent; otherwise null.</summary>
    public static IReadOnlyList<string>? True(float[] scores, Manifest manifest) =>
        manifest.Output.Task == OutputTask.Single
            ? null
            : [.. Of(scores, manifest.Labels, scores.Length)
                .TakeWhile(scored => scored.Score >= manifest.Output.Threshold).Select(scored => scored.Label)];

    /// <summary>Returns true if the best class is below the manifest's thresholds.</summary>
    public static bool IsUnsure(ReadOnlySpan<float> scores, Manifest manifest)
    {
        if (manifest.Output.Task != OutputTask.Single)
        {
            return false;
        }

        var best = 0;
        float? second = null;
        for (var i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
            {
                second = scores[best];
                best = i;
            }
            else if (second is not { } known || scores[i] > known)
            {
                second = scores[i];
            }
        }

        return manifest.Accept.IsUnsure(manifest.Labels[best], scores[best], second);
    }

    /// <summary>
    /// Returns the <paramref name="count"/> best classes, highest score first. Equal scores keep the manifest's order,
    /// as in NumPy's <c>argmax</c>.
    /// </summary>
    public static IReadOnlyList<ScoredClass> Of(ReadOnlySpan<float> scores, IReadOnlyList<string> labels, int count)
    {
        var order = new Ranked[scores.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = new Ranked(scores[i], i);
        }

        // A group of a thousand members ranks a thousand times per image, so sort structs in place.
        Array.Sort(order);
        var best = new ScoredClass[Math.Min(count, order.Length)];
        for (var i = 0; i < best.Length; i++)
        {
            best[i] = new ScoredClass(labels[order[i].Index], order[i].Index, order[i].Score);
        }

        return best;
    }

    /// <summary>A class that sorts by descending score, and then by ascending index.</summary>
    private readonly record struct Ranked(float Score, int Index) : IComparable<Ranked>
    {
        public int CompareTo(Ranked other)
        {
            var byScore = other.Score.CompareTo(Score);
            return byScore != 0 ? byScore : Index.CompareTo(other.Index);
        }
    }
}
