using System.Text;
using System.Text.Json.Nodes;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>The user's own file of labels.</summary>
internal static class LabelFile
{
    private const int MaxBytes = 4 << 20;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Sets the draft's labels. Returns a message for the user if they don't fit the model.</summary>
    public static async Task<string?> SetAsync(Draft draft, string file, CancellationToken cancellationToken)
    {
        var name = Printable.Text(file);
        if (!File.Exists(file))
        {
            return $"There is no file '{name}'.";
        }

        // Pipes and devices have no length, and reading one may never end.
        if (new FileInfo(file).Length is 0 or > MaxBytes)
        {
            return new FileInfo(file).Length == 0
                ? NoLabels(name)
                : $"'{name}' is too large for a file of labels. The limit is {MaxBytes >> 20} MiB.";
        }

        string[] lines;
        try
        {
            lines = await File.ReadAllLinesAsync(file, Strict, cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            return $"'{name}' is not UTF-8. Save it as UTF-8.";
        }

        return Set(draft, file, LabelSources.OfLines(
            [.. lines.Select(line => line.Trim()).Where(line => line.Length > 0)]));
    }

    private static string? Set(Draft draft, string file, IReadOnlyList<string> labels)
    {
        var name = Printable.Text(file);
        if (labels.Count == 0)
        {
            return NoLabels(name);
        }

        if (draft.LabelCount is { } wanted && labels.Count != wanted)
        {
            return $"'{name}' has {Counted.Of(labels.Count, "label")}, but the model needs {wanted}. "
                + "Write one label per class, in the order of the model's scores. For a model with one score, write "
                + "the label for scores near 0 first, and then the label for scores near 1.";
        }

        if (LabelSources.FindDouble(labels) is { } twice)
        {
            return $"'{name}' has the label '{Printable.Text(twice)}' twice, but labels must be unique.";
        }

        draft.Set(
            "labels", new JsonArray([.. labels.Select(label => JsonValue.Create(label))]), Path.GetFileName(file),
            Certainty.Certain);
        return null;
    }

    private static string NoLabels(string name) =>
        $"'{name}' has no labels. Write one label per line, in the order of the model's scores.";
}
