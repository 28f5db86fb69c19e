using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;

namespace ServerlessMme.Core.Labels;

/// <summary>Writes labels as JSON, one line per label, as docs/schemas/v1/label.json describes.</summary>
public static class LabelJson
{
    // The JSON never becomes part of an HTML page, so image names stay readable instead of being escaped.
    internal static readonly JsonWriterOptions Options =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Enough for ten classes and their scores.
    private const int TypicalBytes = 1024;

    private static readonly byte[] s_comma = [(byte)','];

    // Written for every class of every member of a group.
    private static readonly JsonEncodedText s_label = JsonEncodedText.Encode("label");
    private static readonly JsonEncodedText s_index = JsonEncodedText.Encode("index");
    private static readonly JsonEncodedText s_score = JsonEncodedText.Encode("score");

    /// <summary>Writes a label as UTF-8, without a line break.</summary>
    public static byte[] Write(Label label)
    {
        var pieces = WritePieces(label);
        if (pieces.Count == 1)
        {
            return pieces[0].ToArray();
        }

        using var stream = new PiecesStream(pieces);
        var json = new byte[stream.Length];
        stream.ReadExactly(json);
        return json;
    }

    /// <summary>
    /// Writes a label in pieces. Those with the answers of a group's members aren't copied, because 10,000 answers take
    /// megabytes.
    /// </summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> WritePieces(Label label)
    {
        var buffer = new ArrayBufferWriter<byte>(TypicalBytes);
        var hasAnswers = label.Answers is { Count: > 0 };
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            WriteImage(json, "image", label.Image);
            WriteModel(json, label.Model);
            WriteOptional(json, "member", label.Member);
            if (label.Error is { } error)
            {
                WriteError(json, error);
            }
            else
            {
                WriteAnswer(json, label.Top, label.Labels, label.IsUnsure);
            }

            if (!hasAnswers)
            {
                json.WriteString("classifiedAt", Time(label.ClassifiedAt));
                json.WriteEndObject();
                json.Flush();
                return [buffer.WrittenMemory];
            }

            json.WriteStartArray("answers");
            json.Flush();
        }

        var pieces = new List<ReadOnlyMemory<byte>>((label.Answers!.Count * 2) + 1) { buffer.WrittenMemory };
        foreach (var answer in label.Answers)
        {
            pieces.Add(answer.Json);
            pieces.Add(s_comma);
        }

        pieces[^1] = Encoding.UTF8.GetBytes($$"""],"classifiedAt":"{{Time(label.ClassifiedAt)}}"}""");
        return pieces;
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
        if (model.Members is { } members)
        {
            json.WriteNumber("members", members);
        }

        json.WriteEndObject();
    }

    internal static void WriteAnswer(
        Utf8JsonWriter json, IReadOnlyList<ScoredClass> top, IReadOnlyList<string>? labels, bool isUnsure)
    {
        json.WriteString(s_label, top[0].Label);
        json.WriteNumber(s_score, top[0].Score);
        if (isUnsure)
        {
            json.WriteBoolean("unsure", true);
        }

        if (labels is not null)
        {
            json.WriteStartArray("labels");
            foreach (var name in labels)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("top");
        foreach (var scored in top)
        {
            json.WriteStartObject();
            json.WriteString(s_label, scored.Label);
            json.WriteNumber(s_index, scored.Index);
            json.WriteNumber(s_score, scored.Score);
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
