using System.Globalization;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>
/// Prints the savings and costs of compressing a model. Standard output has only the figures, in both formats.
/// </summary>
internal static class CompressText
{
    public static async Task ReportAsync(CompressDocument document, LocalFiles files, CompressOptions options)
    {
        await ReportImagesAsync(document.Refused, files);
        await WarnAsync(document);
        if (options.IsJson)
        {
            await WriteAsync(document.ToJson());
        }
        else
        {
            Print(document, options.Bounds);
        }

        if (document.Refusal is { } refusal)
        {
            await RefuseAsync(refusal);
        }
    }

    public static async Task ReportAsync(CompressRefusal refusal, LocalFiles files, CompressOptions options)
    {
        if (refusal.Refused is { } refused)
        {
            await ReportImagesAsync(refused, files);
        }

        if (options.IsJson)
        {
            await WriteAsync(refusal.ToJson());
        }

        await RefuseAsync(refusal.Refusal);
    }

    private static async Task ReportImagesAsync(IReadOnlyList<RefusedImage> refused, LocalFiles files)
    {
        foreach (var code in refused.GroupBy(image => image.Code))
        {
            await Console.Error.WriteLineAsync($"Left out: {Counted.Of(code.Count(), "image")} refused with "
                + $"{code.Key}: {Counted.Names(code.Select(image => image.Image))}.");
        }

        if (files.SkippedText is { } skipped)
        {
            await Console.Error.WriteLineAsync(skipped);
        }
    }

    private static async Task WarnAsync(CompressDocument document)
    {
        if (document.Duplicates > 0)
        {
            await Console.Error.WriteLineAsync(
                $"Left out: {Counted.Of(document.Duplicates, "image")} with the same content as another image, which "
                + $"leaves {Counted.Of(document.Images, "distinct image")}.");
        }

        if (document.Images < CompressVerdict.FewImages)
        {
            await Console.Error.WriteLineAsync(
                $"warning: {Counted.Of(document.Images, "distinct image")} prove little. Use a few hundred images.");
        }
    }

    private static async Task WriteAsync(byte[] json)
    {
        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync(json);
        output.WriteByte((byte)'\n');
    }

    private static async Task RefuseAsync(string refusal)
    {
        await Console.Error.WriteLineAsync(refusal);
        await Console.Error.WriteLineAsync("Nothing was written.");
    }

    private static void Print(CompressDocument document, CompressBounds bounds)
    {
        Console.WriteLine($"{document.Model}: {Counted.Of(document.Layers, "dense layer")} with 8-bit weights.");
        Line("model.onnx", Text($"{document.Bytes.Before:N0} bytes before, {document.Bytes.After:N0} after")
            + Text($" ({document.Bytes.Ratio:0.0%})"));
        Line("one image", Time(document.OneImage));
        if (document.Batch is { } batch)
        {
            Line($"{batch.Images} at once", Time(batch.PerImage) + " per image");
        }

        Line("time", Text($"{document.TimeRatio:0.0%} on average; --max-slowdown allows {1 + bounds.MaxSlowdown:0.0%}")
            + (document.Measurements > 1
                ? $" (median of {document.Measurements} measurements)"
                : ""));
        var changed = document.Changed;
        Line("answers", $"{Counted.Number(changed.Hits)} of {Counted.Number(changed.Images)} changed, "
            + Share(changed));
        Line("scores", Text($"differ by at most {document.LargestDifference:0.000}"));
        if (document.Accuracy is { } accuracy)
        {
            Line("accuracy", $"{Share(accuracy.Before)} before, {Share(accuracy.After)} after, on "
                + Counted.Of(accuracy.Before.Images, "image"));
        }
        else
        {
            Line("accuracy", $"not measured: {document.NoAccuracy}");
        }

        if (document.Written is { } folder)
        {
            var path = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder);
            Console.WriteLine($"{Printable.Text(path)} is written. To publish it in place of the original model, run:");
            Console.WriteLine($"  mme models push {ShellText.Quote(path)} --name {document.Model}");
        }
    }

    private static string Time(Change time) =>
        Text($"{time.Before:0.000} ms before, {time.After:0.000} after ({time.Ratio:0.0%})");

    private static string Share(Proportion share) =>
        Text($"{share.Value:0.00%} ({share.Lower:0.0%} to {share.Upper:0.0%})");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(string what, string text) => Console.WriteLine($"  {what,-10}  {text}");
}
