using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Drift;

/// <summary>
/// Reasons why answers may change although the images did not, and comparisons that are not possible. A label's date is
/// the time it was written, not the time its image was taken.
/// </summary>
internal static class DriftWarnings
{
    // At this share of a window, other versions or old images can noticeably change its figures.
    private const double Noticeable = 0.1;

    public static IReadOnlyList<string> Of(DriftCounts counts) =>
    [
        .. OfDates(counts),
        .. Missing(counts.Recent, "recent"),
        .. Missing(counts.Reference, "reference"),
        .. Scores(counts),
    ];

    public static IReadOnlyList<string> OfDates(DriftCounts counts) =>
    [
        .. Versions(counts.Reference, counts.Recent),
        .. Replaced(counts.Recent, "recent"),
        .. Replaced(counts.Reference, "reference"),
    ];

    private static IEnumerable<string> Versions(WindowCounts reference, WindowCounts recent)
    {
        if (reference.Versions is not [var before, ..] || recent.Versions is not [var now, ..])
        {
            yield break;
        }

        if (before.Version != now.Version)
        {
            yield return "The model version changed: most of the reference answers are from version "
                + $"{Printable.Text(before.Version, 40)}, but most of the recent answers are from "
                + $"{Printable.Text(now.Version, 40)}. Answers may differ even if the images are alike.";
            yield break;
        }

        foreach (var (counts, window) in new[] { (recent, "recent"), (reference, "reference") })
        {
            var others = counts.Versions.Where(each => each.Version != now.Version).Sum(each => each.Images);
            if (others >= Noticeable * counts.Images)
            {
                yield return Text($"{others:#,0} of the {counts.Images:#,0} {window} answers came from versions other ")
                    + $"than {Printable.Text(now.Version, 40)}, which returned most of the answers in both windows. "
                    + "Answers may differ even if the images are alike.";
            }
        }
    }

    private static IEnumerable<string> Replaced(WindowCounts counts, string window)
    {
        if (counts.Replaced > 0 && counts.Replaced >= Noticeable * counts.Images)
        {
            yield return Text($"{counts.Replaced:#,0} of the {counts.Images:#,0} {window} answers replaced the answer ")
                + "of an earlier model version. Re-scoring gives labels a new date, so the "
                + $"{window} window may include older images.";
        }
    }

    private static IEnumerable<string> Missing(WindowCounts counts, string window)
    {
        var missing = counts.Answers - counts.Scored;
        if (missing > 0)
        {
            yield return Text($"An earlier release wrote {missing:#,0} of the {counts.Answers:#,0} {window} answers ")
                + "without a score in their metadata. The comparison of scores and unsure answers leaves them out.";
        }
    }

    private static IEnumerable<string> Scores(DriftCounts counts)
    {
        if (!counts.HasAnswers)
        {
            yield return Text($"Only {counts.Reference.Answers:#,0} reference and {counts.Recent.Answers:#,0} recent ")
                + "images have an answer; the others were refused. A comparison of labels and scores needs at least "
                + $"{DriftCounts.MinImages} answers per window.";
        }

        if (counts.Reference.Unbounded + counts.Recent.Unbounded is var unbounded and > 0)
        {
            yield return Text($"The histogram leaves out {unbounded:#,0} {(unbounded == 1 ? "score" : "scores")} ")
                + "outside the range from 0 to 1. Set output.activation in model.json if the model doesn't end with "
                + "softmax or sigmoid.";
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
