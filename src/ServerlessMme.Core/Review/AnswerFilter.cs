namespace ServerlessMme.Core.Review;

/// <summary>Selects answers. Every condition that is set must hold.</summary>
/// <param name="Label">The answer, ignoring case.</param>
/// <param name="Below">The score is below this. Refusals have no score.</param>
/// <param name="Since">Only answers written at this time or later.</param>
/// <param name="Prefix">Prefix of the image's name.</param>
public sealed record AnswerFilter(
    bool UnsureOnly = false,
    bool ErrorsOnly = false,
    string? Label = null,
    double? Below = null,
    DateTimeOffset? Since = null,
    string? Prefix = null)
{
    /// <summary>The score is at least this. Refusals have no score.</summary>
    public double? Min { get; init; }

    /// <summary>The score is at most this. Refusals have no score.</summary>
    public double? Max { get; init; }

    /// <summary>The code of the refusal, ignoring case.</summary>
    public string? Error { get; init; }

    /// <summary>True to select only answers that differ from the previous model version's.</summary>
    public bool ChangedOnly { get; init; }

    /// <summary>Only answers written at this time or earlier.</summary>
    public DateTimeOffset? Until { get; init; }

    public bool Accepts(StoredAnswer answer) =>
        (!UnsureOnly || answer.IsUnsure)
        && (!ErrorsOnly || answer.Error is not null)
        && (Label is null || string.Equals(answer.Answer, Label, StringComparison.OrdinalIgnoreCase))
        && (Below is not { } limit || answer.Score < limit)
        && (Min is not { } min || answer.Score >= min)
        && (Max is not { } max || answer.Score <= max)
        && (Error is null || string.Equals(answer.Error, Error, StringComparison.OrdinalIgnoreCase))
        && (!ChangedOnly || answer.IsChanged)
        && (Since is not { } since || answer.WrittenAt >= since)
        && (Until is not { } until || answer.WrittenAt <= until)
        && (Prefix is null || answer.Image.StartsWith(Prefix, StringComparison.Ordinal));
}
