using System.Text.Json.Serialization;

namespace ServerlessMme.Core.Jobs;

/// <summary>The progress of sending a job's messages.</summary>
/// <param name="Run">Identifies the try that wrote it.</param>
/// <param name="Version">The model version that all messages request; null if none was published.</param>
/// <param name="Sent">Images in the messages before <paramref name="Messages"/>.</param>
/// <param name="Messages">The text of each message that may not have been sent.</param>
/// <param name="Images">Images in <paramref name="Messages"/>.</param>
/// <param name="Last">The last image in any message, for workers of an earlier release; null before the first.</param>
/// <param name="Next">
/// The storage service's continuation token for the listing after <paramref name="Messages"/>. Empty at its end; null
/// at its beginning.
/// </param>
/// <param name="NextLabels">
/// The continuation token for the listing of labels; null at its beginning, or if the labels aren't listed.
/// </param>
/// <param name="IsComplete">True if the listing has ended and all messages are sent.</param>
internal sealed record SendingState(
    string Run,
    string? Version,
    long Sent,
    IReadOnlyList<string> Messages,
    long Images,
    string? Last,
    bool IsComplete,
    string? Next = null,
    string? NextLabels = null)
{
    /// <summary>True if messages contain all images.</summary>
    [JsonIgnore]
    public bool IsListed => Next is "";
}

/// <summary>Images to send.</summary>
/// <param name="Next">Where their listing continues; null at its end.</param>
/// <param name="NextLabels">Where the listing of labels continues; null at its beginning.</param>
internal sealed record SendingPage(IReadOnlyList<string> Images, string? Next, string? NextLabels);
