using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Archives;

/// <summary>Writes an archive's summary as JSON, as docs/schemas/v1/summary.json describes.</summary>
internal static class ArchiveSummary
{
    /// <param name="error">Why reading stopped early; null if every entry has a line.</param>
    public static byte[] Write(
        ImageReference archive, AnsweringModel model, ArchiveTally tally, Refusal? error, DateTimeOffset finishedAt)
    {
        using var buffer = new MemoryStream(1024);
        using (var json = new Utf8JsonWriter(buffer, LabelJson.Options))
        {
            json.WriteStartObject();
            LabelJson.WriteImage(json, "archive", archive);
            LabelJson.WriteModel(json, model);
            json.WriteNumber("entries", tally.Lines);
            WriteCounts(json, "labels", tally.Labels);
            WriteCounts(json, "errors", tally.Errors);
            if (tally.Unsure > 0)
            {
                json.WriteNumber("unsure", tally.Unsure);
            }

            if (error is not null)
            {
                LabelJson.WriteError(json, error);
            }

            json.WriteString("finishedAt", LabelJson.Time(finishedAt));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, SortedDictionary<string, long> counts)
    {
        json.WriteStartObject(name);
        foreach (var (key, count) in counts)
        {
            json.WriteNumber(key, count);
        }

        json.WriteEndObject();
    }
}
