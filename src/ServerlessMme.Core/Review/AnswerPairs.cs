namespace ServerlessMme.Core.Review;

/// <summary>
/// Counts pairs of answers for the same image: the cells of a confusion matrix whose labels aren't known beforehand.
/// Not thread-safe.
/// </summary>
public sealed class AnswerPairs
{
    /// <summary>Maximum number of pairs to count separately; others count in the totals only.</summary>
    public const int MaxPairs = 100_000;

    private readonly Dictionary<(string From, string To), long> _counts = [];

    /// <summary>All images, including those of pairs that are not counted separately.</summary>
    public long Total { get; private set; }

    /// <summary>Images with the same answer twice, including those of pairs that are not counted separately.</summary>
    public long Same { get; private set; }

    public void Add(string from, string to, long count = 1)
    {
        Total += count;
        Same += from == to ? count : 0;
        if (_counts.Count < MaxPairs || _counts.ContainsKey((from, to)))
        {
            _counts[(from, to)] = _counts.GetValueOrDefault((from, to)) + count;
        }
    }

    /// <summary>Returns the most frequent pairs.</summary>
    public IReadOnlyList<AnswerPair> Most(int most) => [.. _counts
        .Select(pair => new AnswerPair(pair.Key.From, pair.Key.To, pair.Value))
        .OrderByDescending(pair => pair.Count)
        .ThenBy(pair => pair.From, StringComparer.Ordinal).ThenBy(pair => pair.To, StringComparer.Ordinal).Take(most)];

    /// <summary>
    /// Returns all answers that occur: first the model's labels in its order, then others, such as refusals, in ordinal
    /// order.
    /// </summary>
    /// <param name="known">Labels of the model; empty if unknown.</param>
    public IReadOnlyList<string> Labels(IEnumerable<string> known)
    {
        var occurring = _counts.Keys.SelectMany(pair => new[] { pair.From, pair.To })
            .ToHashSet(StringComparer.Ordinal);
        var ordered = known.Where(occurring.Contains).Distinct(StringComparer.Ordinal).ToList();
        return [.. ordered, .. occurring.Except(ordered).Order(StringComparer.Ordinal)];
    }
}

/// <summary>How many images have one pair of answers.</summary>
public readonly record struct AnswerPair(string From, string To, long Count);
