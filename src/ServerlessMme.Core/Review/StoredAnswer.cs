using System.Globalization;
using System.Text.Json;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Review;

/// <summary>One image's answer, from a listing or a stored label.</summary>
/// <param name="Archive">The archive that contains the image; null if the image isn't in an archive.</param>
/// <param name="Image">The image's name; <c>{archive}/{entry}</c> for an archive's entry.</param>
/// <param name="Answer">The best class, or the labels that are true; null for a refusal.</param>
/// <param name="Score">The best class's score; null for a refusal, and in listings of older labels.</param>
/// <param name="Error">The refusal's code; null for an answer.</param>
/// <param name="Previous">The previous model version's answer; null if unknown.</param>
public sealed record StoredAnswer(
    string? Archive,
    string Image,
    string? Answer,
    double? Score,
    bool IsUnsure,
    string? Error,
    string? Previous,
    string? ModelVersion,
    DateTimeOffset WrittenAt)
{
    /// <summary>The member of a group that gave the answer; null for a refusal or a model.</summary>
    public string? Member { get; init; }

    /// <summary>The number of a group's members that scored the image or refused it; null for a model.</summary>
    public int? Members { get; init; }

    /// <summary>How many of a group's members refused the image; null for a model.</summary>
    public int? RefusedMembers { get; init; }

    /// <summary>True if the answer is a group's, not a model's.</summary>
    public bool IsOfGroup => GroupVersion.Is(ModelVersion);

    /// <summary>The answer, or <see cref="LabelStamp.ErrorPrefix"/> and the refusal's code.</summary>
    public string Given => Answer ?? LabelStamp.ErrorPrefix + Error;

    /// <summary>True if the previous model version gave another answer; false if its answer is unknown.</summary>
    public bool IsChanged => Previous is not null && Previous != Given;

    /// <summary>
    /// True if a person can review the answer. An archive's entry may have any name, even one that no correct label can
    /// be stored under.
    /// </summary>
    public bool IsReviewable => Answer is not null && (Archive is null || TruthName.Check(Image) is null);

    /// <summary>The best classes; null unless the label was read.</summary>
    public IReadOnlyList<ScoredClass>? Top { get; init; }

    /// <summary>The refusal's message; null unless the label was read.</summary>
    public string? Message { get; init; }

    /// <summary>Reads an item of a listing.</summary>
    public static StoredAnswer Of(string image, LabelStamp stamp) => new(
        null,
        image,
        stamp.IsRefusal ? null : stamp.Answer,
        stamp.Score,
        stamp.IsUnsure,
        stamp.IsRefusal ? stamp.Answer![LabelStamp.ErrorPrefix.Length..] : null,
        stamp.PreviousAnswer,
        stamp.ModelVersion,
        stamp.WrittenAt)
    {
        Member = stamp.Member,
        Members = stamp.Members,
        RefusedMembers = stamp.RefusedMembers,
    };

    /// <summary>Reads a label, or a line of an archive.</summary>
    /// <exception cref="JsonException">The JSON is not a label.</exception>
    public static StoredAnswer Read(string? archive, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        try
        {
            return Of(root) with
            {
                Archive = archive,
                Image = root.GetProperty("image").GetProperty("name").GetString()!,
                WrittenAt = DateTimeOffset.Parse(
                    root.GetProperty("classifiedAt").GetString()!, CultureInfo.InvariantCulture),
                Member = Find(root, "member")?.GetString(),
                Members = Find(root, "answers")?.GetArrayLength(),
                RefusedMembers = Find(root, "answers")?.EnumerateArray()
                    .Count(answer => Find(answer, "error") is not null),
            };
        }
        catch (Exception exception) when (
            exception is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new JsonException("The JSON is not a label.", exception);
        }
    }

    /// <summary>
    /// Reads the JSON members that labels and group members' answers share: all but the image and the time.
    /// </summary>
    internal static StoredAnswer Of(JsonElement answer)
    {
        var error = Find(answer, "error");
        var labels = Find(answer, "labels") is { } list
            ? string.Join(" + ", list.EnumerateArray().Select(label => label.GetString()))
            : null;
        return new StoredAnswer(
            null,
            "",
            error is null ? labels ?? answer.GetProperty("label").GetString() : null,
            Find(answer, "score")?.GetDouble() is { } score && double.IsFinite(score) ? score : null,
            Find(answer, "unsure")?.ValueKind == JsonValueKind.True,
            error?.GetProperty("code").GetString(),
            null,
            Find(answer.GetProperty("model"), "version")?.GetString(),
            default)
        {
            Top = Find(answer, "top") is { } top ? [.. top.EnumerateArray().Select(Class)] : null,
            Message = error?.GetProperty("message").GetString(),
        };
    }

    private static ScoredClass Class(JsonElement scored) => new(
        scored.GetProperty("label").GetString()!, scored.GetProperty("index").GetInt32(),
        scored.GetProperty("score").GetSingle());

    private static JsonElement? Find(JsonElement parent, string member) =>
        parent.TryGetProperty(member, out var found) ? found : null;
}
