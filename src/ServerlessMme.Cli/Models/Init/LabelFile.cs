using System.Text.Json.Nodes;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>The user's own file of labels.</summary>
internal static class LabelFile
{
    /// <summary>Sets the draft's labels. Returns a message for the user if they do not fit the model.</summary>
    public static string? Set(Draft draft, string file, IEnumerable<string> content)
    {
        var lines = content.Select(line => line.Trim()).Where(line => line.Length > 0).ToList();
        var labels = LabelSources.OfLines(lines);
        if (labels.Count == 0)
        {
            return $"'{Printable.Text(file)}' has no labels. Write one per line, in the order of the model's scores.";
        }

        if (draft.LabelCount is { } wanted && labels.Count != wanted)
        {
            return $"'{Printable.Text(file)}' has {labels.Count} labels, but the model needs {wanted}: one per class, in "
                + "the order of its scores.";
        }

        draft.Set(
            "labels", new JsonArray([.. labels.Select(label => JsonValue.Create(label))]), Path.GetFileName(file),
            Certainty.Certain);
        return null;
    }
}
