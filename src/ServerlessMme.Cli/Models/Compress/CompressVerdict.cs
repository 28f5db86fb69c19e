using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>Decides whether a compressed copy is worth having.</summary>
internal static class CompressVerdict
{
    /// <summary>Minimum number of images. Fewer images prove nothing.</summary>
    public const int MinImages = 20;

    /// <summary>With fewer images than this, the figures are only rough.</summary>
    public const int FewImages = 100;

    private const double MaxBytesRatio = 0.5;

    /// <summary>Returns why the copy isn't small enough, or null if it is. Needs no scores.</summary>
    public static string? TooLarge(Change bytes) => bytes.Ratio <= MaxBytesRatio
        ? null
        : Text($"The copy has {bytes.Ratio:0.0%} of the original's bytes, but must save at least half. Most of this ")
            + "network's weights are not in dense layers, so publish the model as it is.";

    public static string TooFew(string folder, int images) =>
        $"'{Printable.Text(folder)}' has {Counted.Of(images, "usable image")}, but a comparison needs "
        + $"at least {MinImages}. Specify a folder with more images; a few hundred work best.";

    /// <summary>Returns a message about images that only the copy refuses, or null if there are none.</summary>
    public static string? Unanswered(IEnumerable<ComparedImage> images)
    {
        var refusals = images.Select(image => image.CopyRefusal).OfType<Refusal>().ToList();
        return refusals.Count == 0
            ? null
            : $"The copy fails on {Counted.Of(refusals.Count, "image")} that the model answers. Publish the model as "
                + $"it is. The first refusal is {refusals[0].Code}: {refusals[0].Message}";
    }

    /// <summary>Returns why the copy is not written, or null if it is. Needs all measurements.</summary>
    public static string? FindRefusal(CompressDocument document, CompressBounds bounds) =>
        LessAccurate(document, bounds) ?? TooDifferent(document, bounds) ?? TooSlow(document, bounds);

    private static string? LessAccurate(CompressDocument document, CompressBounds bounds) =>
        document.Accuracy is not { } accuracy || accuracy.Loss <= bounds.MaxLoss
            ? null
            : Text($"Accuracy falls from {accuracy.Before.Value:0.00%} to {accuracy.After.Value:0.00%}, which is more ")
                + Text($"than --max-loss {bounds.MaxLoss} allows. Publish the model as it is, or raise --max-loss.");

    private static string? TooDifferent(CompressDocument document, CompressBounds bounds)
    {
        var isLabeled = document.Accuracy is not null;
        var (option, bound) = bounds.MaxChanged is { } given ? ("--max-changed", given)
            : isLabeled ? ("--max-changed", CompressBounds.DefaultMaxChanged)
            : ("--max-loss", bounds.MaxLoss);
        var changed = document.Changed;
        return changed.Value <= bound
            ? null
            : Text($"{Counted.Number(changed.Hits)} of {Counted.Of(changed.Images, "image")} get a different answer ")
                + Text($"({changed.Value:0.00%}), which is more than {option} {bound} allows. Publish the model as it ")
                + $"is, or raise {option}."
                + (isLabeled
                    ? ""
                    : " To find out whether the new answers are wrong, put the images in folders named after their "
                        + "labels.");
    }

    private static string? TooSlow(CompressDocument document, CompressBounds bounds) =>
        document.TimeRatio - 1 <= bounds.MaxSlowdown
            ? null
            : Text($"The copy takes {document.TimeRatio:0.00} times as long per image, which is more than ")
                + Text($"--max-slowdown {bounds.MaxSlowdown} allows. If other programs keep this machine busy, run ")
                + "the command again. Otherwise, publish the model as it is, or raise --max-slowdown.";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
