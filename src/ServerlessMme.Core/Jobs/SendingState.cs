namespace ServerlessMme.Core.Jobs;

/// <summary>How far a job's messages are sent.</summary>
/// <param name="Run">Identifies the try that wrote it.</param>
/// <param name="Version">The model version for which all messages ask; null when none was published.</param>
/// <param name="Sent">Images in the messages before <paramref name="Messages"/>.</param>
/// <param name="Messages">The text of each message that may not have been sent.</param>
/// <param name="Images">Images in <paramref name="Messages"/>.</param>
/// <param name="Last">The last image in any message, in the order of the listing; null before the first.</param>
/// <param name="IsComplete">True when the listing has ended and all messages are sent.</param>
internal sealed record SendingState(
    string Run,
    string? Version,
    long Sent,
    IReadOnlyList<string> Messages,
    long Images,
    string? Last,
    bool IsComplete);
