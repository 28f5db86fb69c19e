using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;

namespace ServerlessMme.Core.Labels;

/// <summary>Writes labels as JSON, one line per label, as docs/schemas/label.schema.json describes.</summary>
public static class LabelJson
{
    // The JSON is never part of a page, so image names stay readable instead of being escaped.
    internal static readonly JsonWriterOptions Options =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Enough for ten classes with their scores.
    private const int TypicalBytes = 1024;

    /// <summary>The label as UTF-8, without a line break.</summary>
    public static byte[] Write(Label label)
    {
        var buffer = new ArrayBufferWriter<byte>(TypicalBytes);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            WriteImage(json, "image", label.Image);
            WriteModel(json, label.Model);
            if (label.Error is { } error)
            {
                WriteError(json, error);
            }
            else
            {
                WriteAnswer(json, label);
            }

            json.WriteString("classifiedAt", Time(label.ClassifiedAt));
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    internal static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    internal static void WriteImage(Utf8JsonWriter json, string member, ImageReference image)
    {
        json.WriteStartObject(member);
        WriteOptional(json, "container", image.Container);
        json.WriteString("name", image.Name);
        WriteOptional(json, "etag", image.ETag);
        json.WriteNumber("bytes", image.Bytes);
        json.WriteEndObject();
    }

    internal static void WriteModel(Utf8JsonWriter json, AnsweringModel model)
    {
        json.WriteStartObject("model");
        json.WriteString("name", model.Name);
        WriteOptional(json, "target", model.Target);
        WriteOptional(json, "version", model.Version);
        WriteOptional(json, "digest", model.Digest);
        WriteOptional(json, "backend", model.Backend);
        json.WriteEndObject();
    }

    private static void WriteAnswer(Utf8JsonWriter json, Label label)
    {
        json.WriteString("label", label.Top[0].Label);
        json.WriteNumber("score", label.Top[0].Score);
        if (label.IsUnsure)
        {
            json.WriteBoolean("unsure", true);
        }

        if (label.Labels is { } labels)
        {
            json.WriteStartArray("labels");
            foreach (var name in labels)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("top");
        foreach (var scored in label.Top)
        {
            json.WriteStartObject();
            json.WriteString("label", scored.Label);
            json.WriteNumber("index", scored.Index);
            json.WriteNumber("score", scored.Score);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void WriteError(Utf8JsonWriter json, Refusal error)
    {
        json.WriteStartObject("error");
        json.WriteString("code", error.Code.ToString());
        json.WriteString("message", error.Message);
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
