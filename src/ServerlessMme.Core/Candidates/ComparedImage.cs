using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Candidates;

/// <summary>An image with the published model's answer and the candidate's.</summary>
/// <param name="Before">Null when nothing is published.</param>
/// <param name="Truth">The correct label; null when unknown.</param>
/// <param name="IsSampled">
/// True when it was drawn from all images. Others are added because their correct label is known, and say nothing
/// about how often answers change.
/// </param>
public sealed record ComparedImage(
    string Image, GivenAnswer? Before, GivenAnswer After, string? Truth = null, bool IsSampled = true)
{
    public bool IsChanged => Before is { } before && before.Answer != After.Answer;
}

/// <summary>What a model answered.</summary>
/// <param name="Answer">The class, or <see cref="LabelStamp.ErrorPrefix"/> and a code.</param>
/// <param name="Score">Null for a refusal, and for older labels.</param>
public sealed record GivenAnswer(string Answer, double? Score, bool IsUnsure)
{
    public bool IsRefusal => Answer.StartsWith(LabelStamp.ErrorPrefix, StringComparison.Ordinal);

    public static GivenAnswer Of(Label label) => new(
        label.Answer, label.Top.Count > 0 ? label.Top[0].Score : null, label.IsUnsure);
}
