using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>Decides whether a compressed copy is worth having.</summary>
internal static class CompressVerdict
{
    /// <summary>Fewer images prove nothing.</summary>
    public const int MinImages = 20;

    private const double MaxBytesRatio = 0.5;

    /// <summary>Why the copy is not written; null when it is.</summary>
    public static string? FindRefusal(CompressDocument document, double maxLoss, double maxSlowdown) =>
        TooLarge(document.Bytes) ?? TooDifferent(document, maxLoss) ?? TooSlow(document, maxSlowdown);

    /// <summary>The copy isn't small enough; null when it is.</summary>
    public static string? TooLarge(Change bytes) => bytes.Ratio <= MaxBytesRatio
        ? null
        : Text($"The copy has {bytes.Ratio:0.0%} of the bytes, and a copy must save half of them: most of this ")
            + "network's weights are not in dense layers. Publish it as it is.";

    public static string TooFew(string folder, int images) =>
        $"'{Printable.Text(folder)}' has {Counted.Of(images, "image")} that can be used, and {MinImages} at least are "
        + "needed to compare answers. Name a folder with more, best some hundreds.";

    private static string? TooDifferent(CompressDocument document, double maxLoss)
    {
        if (document.Accuracy is { } accuracy)
        {
            return accuracy.Loss <= maxLoss
                ? null
                : Text($"Accuracy falls from {accuracy.Before.Value:0.00%} to {accuracy.After.Value:0.00%}, by more ")
                    + Text($"than --max-loss {maxLoss}. Publish the model as it is, or allow more.");
        }

        var changed = document.Changed;
        return changed.Value <= maxLoss
            ? null
            : Text($"{Counted.Number(changed.Hits)} of {Counted.Of(changed.Images, "image")} get another answer ")
                + Text($"({changed.Value:0.00%}), more than --max-loss {maxLoss}. Publish the model as it is, allow ")
                + "more, or put the images into folders named like their labels, so that accuracy decides.";
    }

    private static string? TooSlow(CompressDocument document, double maxSlowdown) =>
        document.TimeRatio - 1 <= maxSlowdown
            ? null
            : Text($"The copy takes {document.TimeRatio:0.00} times as long per image, more than --max-slowdown ")
                + Text($"{maxSlowdown}. If other programs keep this machine busy, run the command again; else publish ")
                + "the model as it is, or allow more.";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
