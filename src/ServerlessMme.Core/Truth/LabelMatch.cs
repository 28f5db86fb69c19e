namespace ServerlessMme.Core.Truth;

/// <summary>Finds a model's label by a name that somebody wrote.</summary>
public sealed class LabelMatch
{
    private readonly IReadOnlyList<string> _labels;
    private readonly Dictionary<string, int> _exact;
    private readonly Dictionary<string, int> _similar;

    /// <param name="labels">The manifest's labels.</param>
    public LabelMatch(IReadOnlyList<string> labels)
    {
        _labels = labels;
        _exact = labels.Select((label, i) => (label, i)).ToDictionary(
            pair => pair.label, pair => pair.i, StringComparer.Ordinal);
        // If labels differ only by case, the exact name decides.
        _similar = _exact.OrderBy(pair => pair.Value).DistinctBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Returns the index of the label with the exact name or, failing that, with the same name in another case. Returns
    /// null if no label matches.
    /// </summary>
    public int? Find(string name) =>
        _exact.TryGetValue(name, out var index) || _similar.TryGetValue(name, out index) ? index : null;

    /// <summary>Returns the label that a mistyped name most likely means, or null if none is similar.</summary>
    public string? Nearest(string name) => Failures.Nearest.Of(name, _labels);
}
