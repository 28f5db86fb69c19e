namespace ServerlessMme.Core.Review;

/// <summary>Selects answers. Every condition that is set must hold.</summary>
/// <param name="Label">The answer, in any case.</param>
/// <param name="Below">The score is below this. Refusals have no score.</param>
/// <param name="Since">Written then or later.</param>
/// <param name="Prefix">What the image's name begins with.</param>
public sealed record AnswerFilter(
    bool UnsureOnly = false,
    bool ErrorsOnly = false,
    string? Label = null,
    double? Below = null,
    DateTimeOffset? Since = null,
    string? Prefix = null)
{
    public bool Accepts(StoredAnswer answer) =>
        (!UnsureOnly || answer.IsUnsure)
        && (!ErrorsOnly || answer.Error is not null)
        && (Label is null || string.Equals(answer.Answer, Label, StringComparison.OrdinalIgnoreCase))
        && (Below is not { } limit || answer.Score < limit)
        && (Since is not { } since || answer.WrittenAt >= since)
        && (Prefix is null || answer.Image.StartsWith(Prefix, StringComparison.Ordinal));
}
