using System.Buffers;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Labels;

/// <summary>The answer of one member of a group, serialized, so it can be kept byte for byte.</summary>
/// <param name="Version">The version that answered; null if the member was not published.</param>
/// <param name="Json">An element of <c>answers</c> in docs/schemas/v1/label.json, as UTF-8.</param>
/// <param name="Score">The best class's score; null for a refusal.</param>
public sealed record MemberAnswer(string Member, string? Version, ReadOnlyMemory<byte> Json, float? Score)
{
    // An answer takes about 400 bytes and is kept, so it is copied out of the larger, reusable buffer.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    /// <summary>Creates the answer of a member that has scored the image.</summary>
    /// <param name="scores">One score per label of the manifest.</param>
    /// <param name="count">Number of classes in the answer.</param>
    public static MemberAnswer Of(AnsweringModel model, Manifest manifest, float[] scores, int count)
    {
        var top = TopClasses.Of(scores, manifest.Labels, count);
        var json = Write(model, writer => LabelJson.WriteAnswer(
            writer, top, TopClasses.True(scores, manifest), TopClasses.IsUnsure(scores, manifest)));
        return new MemberAnswer(model.Name, model.Version, json, top[0].Score);
    }

    /// <summary>Creates the answer of a member that refuses.</summary>
    public static MemberAnswer Of(AnsweringModel model, Refusal refusal) =>
        new(model.Name, model.Version, Write(model, writer => LabelJson.WriteError(writer, refusal)), null);

    /// <summary>Deserializes the answer.</summary>
    public GivenMemberAnswer Read()
    {
        using var document = JsonDocument.Parse(Json);
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error))
        {
            return new GivenMemberAnswer([], null, false, ReadError(error));
        }

        return new GivenMemberAnswer(
            [.. root.GetProperty("top").EnumerateArray().Select(scored => new ScoredClass(
                scored.GetProperty("label").GetString()!,
                scored.GetProperty("index").GetInt32(),
                scored.GetProperty("score").GetSingle()))],
            root.TryGetProperty("labels", out var labels)
                ? [.. labels.EnumerateArray().Select(label => label.GetString()!)]
                : null,
            root.TryGetProperty("unsure", out _),
            null);
    }

    // Another release may have written a code that is unknown here.
    private static Refusal ReadError(JsonElement error) => new(
        Enum.TryParse<ErrorCode>(error.GetProperty("code").GetString(), out var code)
            ? code
            : ErrorCode.InferenceFailed,
        error.GetProperty("message").GetString() ?? "");

    private static byte[] Write(AnsweringModel model, Action<Utf8JsonWriter> body)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(1024);
        buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(buffer, LabelJson.Options))
        {
            json.WriteStartObject();
            LabelJson.WriteModel(json, model);
            body(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>A member's answer, deserialized.</summary>
/// <param name="Top">The best classes, highest score first; empty if the member refused.</param>
/// <param name="Labels">The labels that are true if the model's labels are independent; otherwise null.</param>
/// <param name="Error">Why there is no answer; null if there is one.</param>
public sealed record GivenMemberAnswer(
    IReadOnlyList<ScoredClass> Top, IReadOnlyList<string>? Labels, bool IsUnsure, Refusal? Error)
{
    /// <summary>The best class, or the labels that are true; null for a refusal.</summary>
    public string? Answer => Error is not null ? null : Label.AnswerOf(Top, Labels);
}
