using System.Text.Json;

namespace ServerlessMme.Core.Review;

/// <summary>Reads each group member's answer for an image.</summary>
internal static class MemberAnswers
{
    /// <summary>
    /// Returns the answers in a group's label or line of an archive, in the group's order, each with its member's
    /// version and best classes. If no member scored the image, returns the label's own refusal, without a member.
    /// Returns null if the label is not a group's.
    /// </summary>
    /// <param name="label">The result of <see cref="StoredAnswer.Read"/> for the same JSON.</param>
    /// <exception cref="JsonException">The JSON is not a label.</exception>
    public static IReadOnlyList<StoredAnswer>? Read(StoredAnswer label, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        if (!root.TryGetProperty("answers", out var answers))
        {
            return label.IsOfGroup ? [label] : null;
        }

        try
        {
            return
            [
                .. answers.EnumerateArray().Select(answer => StoredAnswer.Of(answer) with
                {
                    Archive = label.Archive,
                    Image = label.Image,
                    WrittenAt = label.WrittenAt,
                    Member = answer.GetProperty("model").GetProperty("name").GetString(),
                }),
            ];
        }
        catch (Exception exception) when (
            exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException("The JSON is not a label.", exception);
        }
    }
}
