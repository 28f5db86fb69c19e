using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Candidates;

/// <summary>An image with the published model's answer and the candidate's.</summary>
/// <param name="Before">Null if nothing is published.</param>
/// <param name="Truth">The correct label; null if unknown.</param>
/// <param name="IsSampled">
/// True if it was drawn from all images. Others were added because their correct label is known; they don't show how
/// often answers change.
/// </param>
public sealed record ComparedImage(
    string Image, GivenAnswer? Before, GivenAnswer After, string? Truth = null, bool IsSampled = true)
{
    public bool IsChanged => Before is { } before && before.Answer != After.Answer;
}

/// <summary>A model's answer.</summary>
/// <param name="Answer">The class, or <see cref="LabelStamp.ErrorPrefix"/> and a code.</param>
/// <param name="Score">Null for a refusal, and for older labels.</param>
public sealed record GivenAnswer(string Answer, double? Score, bool IsUnsure)
{
    public bool IsRefusal => Answer.StartsWith(LabelStamp.ErrorPrefix, StringComparison.Ordinal);

    public static GivenAnswer Of(Label label) => new(
        label.Answer, label.Top.Count > 0 ? label.Top[0].Score : null, label.IsUnsure);
}
