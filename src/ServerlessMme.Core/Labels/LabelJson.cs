using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ServerlessMme.Core.Labels;

/// <summary>Writes labels as JSON, one line each, as docs/schemas/label.schema.json describes.</summary>
public static class LabelJson
{
    // A label is data, never part of a page, so that names of images stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The label as UTF-8, without a line end.</summary>
    public static byte[] Write(Label label)
    {
        using var buffer = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            WriteImage(json, label);
            WriteModel(json, label.Model);
            if (label.Error is { } error)
                WriteError(json, error);
            else
                WriteAnswer(json, label.Top);
            json.WriteString("classifiedAt", label.ClassifiedAt.UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteImage(Utf8JsonWriter json, Label label)
    {
        json.WriteStartObject("image");
        WriteOptional(json, "container", label.Image.Container);
        json.WriteString("name", label.Image.Name);
        WriteOptional(json, "etag", label.Image.ETag);
        json.WriteNumber("bytes", label.Image.Bytes);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, AnsweringModel model)
    {
        json.WriteStartObject("model");
        json.WriteString("name", model.Name);
        WriteOptional(json, "target", model.Target);
        WriteOptional(json, "version", model.Version);
        WriteOptional(json, "digest", model.Digest);
        WriteOptional(json, "backend", model.Backend);
        json.WriteEndObject();
    }

    private static void WriteAnswer(Utf8JsonWriter json, IReadOnlyList<ScoredClass> top)
    {
        json.WriteString("label", top[0].Label);
        json.WriteNumber("score", top[0].Score);
        json.WriteStartArray("top");
        foreach (var scored in top)
        {
            json.WriteStartObject();
            json.WriteString("label", scored.Label);
            json.WriteNumber("index", scored.Index);
            json.WriteNumber("score", scored.Score);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteError(Utf8JsonWriter json, Failures.Refusal error)
    {
        json.WriteStartObject("error");
        json.WriteString("code", error.Code.ToString());
        json.WriteString("message", error.Message);
        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
