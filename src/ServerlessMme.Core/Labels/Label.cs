using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;

namespace ServerlessMme.Core.Labels;

/// <summary>The answer for one image: its best classes, or the refusal. See docs/schemas/v1/label.json.</summary>
/// <param name="Top">The best classes, highest score first; empty if the image was refused.</param>
/// <param name="Error">Why there is no answer; null if there is one.</param>
/// <param name="PreviousAnswer">The previous model version's answer for the same image; null if unknown.</param>
public sealed record Label(
    ImageReference Image,
    AnsweringModel Model,
    IReadOnlyList<ScoredClass> Top,
    Refusal? Error,
    DateTimeOffset ClassifiedAt,
    string? PreviousAnswer = null)
{
    /// <summary>
    /// The labels that are true if the model's labels are independent, highest score first; null for other models.
    /// </summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>True if the answer is below the model's thresholds.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>
    /// For a group, each member's answer, in the group's order; the label's own answer is the best of them. Null for a
    /// model, and for an image that was refused before any member scored it.
    /// </summary>
    public IReadOnlyList<MemberAnswer>? Answers { get; init; }

    /// <summary>The member of a group that gave the best answer; null for a refusal or a model.</summary>
    public string? Member { get; init; }

    /// <summary>
    /// The best class, the true labels if the model's labels are independent, or
    /// <see cref="LabelStamp.ErrorPrefix"/> and the refusal's code.
    /// </summary>
    public string Answer => Error is { } error ? LabelStamp.ErrorPrefix + error.Code : AnswerOf(Top, Labels);

    /// <summary>The answer if no label is true.</summary>
    private const string NoLabel = "(none)";

    /// <summary>The best class, or the labels that are true.</summary>
    internal static string AnswerOf(IReadOnlyList<ScoredClass> top, IReadOnlyList<string>? labels) =>
        labels is null ? top[0].Label
        : labels.Count == 0 ? NoLabel
        : string.Join(" + ", labels);

    /// <summary>True if the label is a refusal that was written while no model was published.</summary>
    public bool LacksModel => Error is not null && Model.Version is null;
}

/// <summary>The model that answered. Members other than the name may be null if no model could be loaded.</summary>
/// <param name="Version">The artifact blob's ETag, unquoted.</param>
/// <param name="Digest">SHA-256 of the artifact, as <c>sha256:…</c>.</param>
/// <param name="Backend"><c>onnx</c> or <c>sagemaker</c>.</param>
/// <param name="Target">The model that the name is an alias of; null if it is not an alias.</param>
public sealed record AnsweringModel(
    string Name, string? Version, string? Digest, string? Backend, string? Target = null)
{
    /// <summary>The number of a group's members; null for a model.</summary>
    public int? Members { get; init; }
}

/// <summary>One class of the answer.</summary>
/// <param name="Index">Its index in the manifest's labels.</param>
public sealed record ScoredClass(string Label, int Index, float Score);

/// <summary>A stored label's metadata. Listings include it, so the label itself need not be read.</summary>
/// <param name="ImageETag">Version of the image.</param>
/// <param name="ModelVersion">Version of the model; <see cref="NoModel"/> if there was no model.</param>
public sealed record LabelStamp(string? ImageETag, string? ModelVersion)
{
    /// <summary>The model version if no model was published.</summary>
    public const string NoModel = "none";

    /// <summary>The image version if there was no such image.</summary>
    public const string NoImage = "none";

    /// <summary>Maximum length of an answer in metadata, in characters; longer ones are truncated.</summary>
    public const int MaxAnswer = 200;

    /// <summary>Prefix of an answer that is a refusal. The error code follows.</summary>
    public const string ErrorPrefix = "error:";

    /// <summary>The label's answer; null if the metadata lacks it.</summary>
    public string? Answer { get; init; }

    /// <summary>The previous model version's answer for the same image; null if unknown.</summary>
    public string? PreviousAnswer { get; init; }

    /// <summary>
    /// The best class's score, rounded to 4 decimals; null for a refusal, or if the metadata lacks it.
    /// </summary>
    public double? Score { get; init; }

    /// <summary>True if the answer is below the model's thresholds.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>The member of a group that gave the best answer; null for a refusal or a model.</summary>
    public string? Member { get; init; }

    /// <summary>The number of a group's members; null for a model.</summary>
    public int? Members { get; init; }

    /// <summary>How many of a group's members refused; null for a model.</summary>
    public int? RefusedMembers { get; init; }

    /// <summary>When the label was written, by the store's clock.</summary>
    public DateTimeOffset WrittenAt { get; init; }

    /// <summary>True if the answer is a refusal.</summary>
    public bool IsRefusal => Answer?.StartsWith(ErrorPrefix, StringComparison.Ordinal) == true;

    /// <summary>True if a published model wrote the label or the archive's summary, even if it is a refusal.</summary>
    public bool IsFromModel => ModelVersion is not (null or NoModel);

    /// <summary>
    /// Returns true if two texts are the same answer. Metadata truncates long answers, so only the stored part counts.
    /// </summary>
    public static bool AreSame(string answer, string other)
    {
        // One character shorter if truncation would have split a surrogate pair.
        var length = Math.Min(answer.Length, other.Length);
        return length < MaxAnswer - 1
            ? answer == other
            : answer.AsSpan(0, length).SequenceEqual(other.AsSpan(0, length))
                && (answer.Length == other.Length || length <= MaxAnswer);
    }

    /// <summary>Returns true if this version of the model created the label from this version of the image.</summary>
    public bool IsCurrent(string imageETag, string modelVersion) =>
        ImageETag == imageETag && ModelVersion == modelVersion;
}
