using System.Globalization;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>Prints what compressing a model brings and costs.</summary>
internal static class CompressText
{
    public static async Task ReportAsync(
        CompressDocument document, LocalFiles files, CompressOptions options, CancellationToken cancellationToken)
    {
        // Standard output has the figures only, in both formats.
        foreach (var code in document.Refused.GroupBy(image => image.Code))
        {
            await Console.Error.WriteLineAsync($"Left out: {Counted.Of(code.Count(), "image")} refused with "
                + $"{code.Key}: {Counted.Names(code.Select(image => image.Image))}.");
        }

        if (files.SkippedText is { } skipped)
        {
            await Console.Error.WriteLineAsync(skipped);
        }

        if (options.IsJson)
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(document.ToJson(), cancellationToken);
            output.WriteByte((byte)'\n');
        }
        else
        {
            Print(document);
        }

        if (document.Refusal is { } refusal)
        {
            await Console.Error.WriteLineAsync(refusal);
            await Console.Error.WriteLineAsync("Nothing is written.");
        }
    }

    private static void Print(CompressDocument document)
    {
        Console.WriteLine($"{document.Model}: {Counted.Of(document.Layers, "dense layer")} with 8-bit weights.");
        Line("model.onnx", Text($"{document.Bytes.Before:N0} bytes before, {document.Bytes.After:N0} after")
            + Text($" ({document.Bytes.Ratio:0.0%})"));
        Line("one image", Time(document.OneImage));
        if (document.Batch is { } batch)
        {
            Line($"{batch.Images} at once", Time(batch.PerImage) + " per image");
        }

        var changed = document.Changed;
        Line("answers", $"{Counted.Number(changed.Hits)} of {Counted.Of(changed.Images, "image")} "
            + $"{(changed.Hits == 1 ? "gets" : "get")} another: {Share(changed)}");
        Line("scores", Text($"differ by {document.LargestDifference:0.000} at most"));
        if (document.Accuracy is { } accuracy)
        {
            Line("accuracy", $"{Share(accuracy.Before)} before, {Share(accuracy.After)} after, on "
                + Counted.Of(accuracy.Before.Images, "image"));
        }

        if (document.Written is { } folder)
        {
            Console.WriteLine($"{Printable.Text(Path.GetRelativePath(Directory.GetCurrentDirectory(), folder))} is "
                + "written. 'mme models push' publishes it.");
        }
    }

    private static string Time(Change time) =>
        Text($"{time.Before:0.000} ms before, {time.After:0.000} after ({time.Ratio:0.0%})");

    private static string Share(Proportion share) =>
        Text($"{share.Value:0.00%} ({share.Lower:0.0%} to {share.Upper:0.0%})");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(string what, string text) => Console.WriteLine($"  {what,-10}  {text}");
}
