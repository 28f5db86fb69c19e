using System.Buffers;
using System.Globalization;
using System.Text.Json;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Truth;

/// <summary>Reads and writes correct labels as JSON, as docs/schemas/v1/truth.json describes.</summary>
public static class TruthJson
{
    /// <summary>Maximum length of a label, in characters.</summary>
    public const int MaxLabel = 256;

    /// <summary>Maximum length of <see cref="CorrectLabel.By"/>, in characters.</summary>
    public const int MaxBy = 256;

    /// <summary>Maximum size of the JSON, in bytes. Larger blobs are something else.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>Returns the correct label as UTF-8, without a line break.</summary>
    public static byte[] Write(CorrectLabel truth)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, LabelJson.Options))
        {
            json.WriteStartObject();
            json.WriteString("label", truth.Label);
            if (truth.By is { } by)
            {
                json.WriteString("by", by);
            }

            if (truth.At is { } at)
            {
                json.WriteString("at", LabelJson.Time(at));
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Returns the correct label, or null if the bytes contain none. Other programs write these blobs too, so only the
    /// label must be valid.
    /// </summary>
    public static CorrectLabel? Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            // Some programs begin files with a byte order mark.
            utf8 = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
            using var document = JsonDocument.Parse(utf8);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && Text(root, "label") is { Length: > 0 and <= MaxLabel } label
                ? new CorrectLabel(label, Text(root, "by"), Time(Text(root, "at")))
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A broken surrogate in a string is an InvalidOperationException.
            return null;
        }
    }

    private static string? Text(JsonElement root, string member) =>
        root.TryGetProperty(member, out var found) && found.ValueKind == JsonValueKind.String
            ? found.GetString()
            : null;

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;
}
