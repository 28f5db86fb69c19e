using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Drift;

/// <summary>Counts the labels of both windows one by one, in constant memory.</summary>
public sealed class DriftCounts(DriftWindows windows)
{
    /// <summary>Minimum number of images per window, and of answers per window to compare labels.</summary>
    public const int MinImages = 100;

    /// <summary>
    /// Maximum number of distinct answers to count. Models with independent labels may have very many.
    /// </summary>
    internal const int MaxLabels = 10_000;

    /// <summary>
    /// The name that counts all answers beyond <see cref="MaxLabels"/>. No label is empty, so the name is free.
    /// </summary>
    private const string Rest = "";

    private readonly Dictionary<string, PairCount> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PairCount> _refusals = new(StringComparer.Ordinal);

    public DriftWindows Windows => windows;

    public WindowCounts Reference { get; } = new();

    public WindowCounts Recent { get; } = new();

    /// <summary>All labels listed, including those older than both windows.</summary>
    public long Seen { get; private set; }

    internal IEnumerable<(string Name, PairCount Count)> Labels => Pairs(_labels);

    internal IEnumerable<(string Name, PairCount Count)> Refusals => Pairs(_refusals);

    /// <summary>True if both windows have enough answers to compare labels and scores.</summary>
    internal bool HasAnswers => Reference.Answers >= MinImages && Recent.Answers >= MinImages;

    /// <summary>Why the windows can't be compared; null if they can.</summary>
    public string? Problem
    {
        get
        {
            var (few, window) = Recent.Images < MinImages
                ? (Recent, windows.RecentText)
                : (Reference, windows.ReferenceText);
            return few.Images >= MinImages
                ? null
                : $"only {few.Images} {(few.Images == 1 ? "answer" : "answers")} {window}, but drift detection needs "
                    + $"at least {MinImages}";
        }
    }

    /// <summary>Other reasons why answers, or the dates of labels, may have changed.</summary>
    public IReadOnlyList<string> DateWarnings => DriftWarnings.OfDates(this);

    /// <summary>Counts one label. A label older than both windows counts only in <see cref="Seen"/>.</summary>
    public void Add(StoredAnswer answer)
    {
        Seen++;
        var isRecent = answer.WrittenAt >= windows.Since;
        if (!isRecent && answer.WrittenAt < windows.Against)
        {
            return;
        }

        (isRecent ? Recent : Reference).Add(answer);
        Count(answer.Error is null ? _labels : _refusals, answer.Error ?? answer.Answer ?? Rest, isRecent);
    }

    private static void Count(Dictionary<string, PairCount> counts, string name, bool isRecent)
    {
        if (!counts.TryGetValue(name, out var count))
        {
            name = counts.Count < MaxLabels ? name : Rest;
            count = counts.GetValueOrDefault(name);
        }

        counts[name] = isRecent
            ? new PairCount(count.Reference, count.Recent + 1)
            : new PairCount(count.Reference + 1, count.Recent);
    }

    private static IEnumerable<(string, PairCount)> Pairs(Dictionary<string, PairCount> counts) =>
        counts.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Key == Rest ? "(all others)" : pair.Key, pair.Value));
}

/// <summary>A count in each of the two windows.</summary>
internal readonly record struct PairCount(int Reference, int Recent)
{
    public int Sum => Reference + Recent;
}
