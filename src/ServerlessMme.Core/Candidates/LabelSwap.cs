using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Candidates;

/// <summary>
/// Labels that look swapped in the candidate. For each label, more images move to the next label in the list than to
/// any other label; those of the last label move to the first. The usual cause is a list of labels in a different
/// order.
/// </summary>
/// <param name="Labels">Two or more labels.</param>
/// <param name="Moved">Number of images that the candidate moves to the next label.</param>
/// <param name="Images">Number of images to which the published model gives one of these labels.</param>
public sealed record LabelSwap(IReadOnlyList<string> Labels, long Moved, long Images)
{
    // Fewer images may be chance.
    private const long FewestMoved = 3;

    // A weak candidate also confuses two labels in both directions, but about as many images keep their label.
    private const long MovedForEachThatStays = 2;

    /// <summary>Finds the swaps among these changes, the one with the most images first.</summary>
    public static IReadOnlyList<LabelSwap> Find(IEnumerable<AnswerChange> changes)
    {
        var rows = changes.Where(change => change.From is not null && !IsRefusal(change.From))
            .GroupBy(change => change.From!, StringComparer.Ordinal)
            .ToDictionary(row => row.Key, row => Row.Of(row), StringComparer.Ordinal);
        var swaps = new List<LabelSwap>();
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in rows.Keys.Order(StringComparer.Ordinal))
        {
            if (Circle(rows, start) is { } circle && !circle.Exists(done.Contains))
            {
                done.UnionWith(circle);
                if (circle.Sum(label => rows[label].Stayed) * MovedForEachThatStays
                    <= circle.Sum(label => rows[label].Moved))
                {
                    swaps.Add(new LabelSwap(
                        circle, circle.Sum(label => rows[label].Moved), circle.Sum(label => rows[label].Images)));
                }
            }
        }

        return [.. swaps.Where(swap => swap.Moved >= FewestMoved).OrderByDescending(swap => swap.Moved)];
    }

    /// <summary>Describes the swap.</summary>
    public override string ToString() => Labels.Count == 2
        ? $"{Shown.First()} and {Shown.ElementAt(1)} look swapped: the candidate moves {Moved} of their {Images} "
            + "images from one label to the other."
        : $"{Labels.Count} labels look mixed up: the candidate moves {Moved} of their {Images} images to the next "
            + $"label in the cycle {string.Join(" → ", Shown)}.";

    private IEnumerable<string> Shown => (Labels.Count <= 6 ? Labels.Append(Labels[0]) : [.. Labels.Take(6), "…"])
        .Select(label => label == "…" ? label : $"'{Printable.Text(label, 40)}'");

    private static List<string>? Circle(Dictionary<string, Row> rows, string start)
    {
        var circle = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var at = start;
        while (rows.TryGetValue(at, out var row) && row.Target is { } next && seen.Add(at))
        {
            circle.Add(at);
            at = next;
        }

        return circle.Count > 1 && at == start ? circle : null;
    }

    private static bool IsRefusal(string answer) =>
        answer.StartsWith(LabelStamp.ErrorPrefix, StringComparison.Ordinal);

    /// <summary>The images with one answer from the published model.</summary>
    /// <param name="Target">The label that most of them move to; null if more of them stay or are refused.</param>
    private readonly record struct Row(string? Target, long Moved, long Stayed, long Images)
    {
        public static Row Of(IGrouping<string, AnswerChange> row)
        {
            var images = row.Sum(change => change.Count);
            var most = row.MaxBy(change => change.Count)!;
            var stayed = row.Where(change => change.To == row.Key).Sum(change => change.Count);
            return most.Count > stayed && !IsRefusal(most.To)
                ? new Row(most.To, most.Count, stayed, images)
                : new Row(null, 0, stayed, images);
        }
    }
}
