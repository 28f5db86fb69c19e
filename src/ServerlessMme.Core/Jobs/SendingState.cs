using System.Text.Json.Serialization;

namespace ServerlessMme.Core.Jobs;

/// <summary>How far a job's messages are sent.</summary>
/// <param name="Run">Identifies the try that wrote it.</param>
/// <param name="Version">The model version for which all messages ask; null when none was published.</param>
/// <param name="Sent">Images in the messages before <paramref name="Messages"/>.</param>
/// <param name="Messages">The text of each message that may not have been sent.</param>
/// <param name="Images">Images in <paramref name="Messages"/>.</param>
/// <param name="Last">The last image in any message, for workers of an earlier version; null before the first.</param>
/// <param name="Next">
/// Where the listing goes on after <paramref name="Messages"/>, in the storage service's own terms. Empty at its end;
/// null at its beginning.
/// </param>
/// <param name="NextLabels">
/// The same for the listing of labels; null at its beginning, or where nothing lists it.
/// </param>
/// <param name="IsComplete">True when the listing has ended and all messages are sent.</param>
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
    /// <summary>True when all images are in messages.</summary>
    [JsonIgnore]
    public bool IsListed => Next is "";
}

/// <summary>Images to send.</summary>
/// <param name="Next">Where their listing goes on; null at its end.</param>
/// <param name="NextLabels">Where the listing of labels goes on; null at its beginning.</param>
internal sealed record SendingPage(IReadOnlyList<string> Images, string? Next, string? NextLabels);
