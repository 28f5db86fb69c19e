using System.Collections.Concurrent;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// How much memory the answers for one image take, so that a micro-batch and the labels that wait to be written stay
/// bounded however large they are. Learned from the answers themselves. Thread-safe; one per process.
/// </summary>
internal sealed class GroupAnswers
{
    /// <summary>Classes of a member's answer, whatever its manifest says.</summary>
    public const int MostClasses = 100;

    // About what a member's answer takes, with five classes.
    private const int TypicalBytes = 512;

    /// <summary>Answers of one micro-batch, in bytes.</summary>
    private const long EnoughBytes = 32L << 20;

    private const int MaxImages = 256;

    /// <summary>Images of a group's first micro-batch, whose answers may be larger than most.</summary>
    private const int FirstImages = 16;

    private readonly ConcurrentDictionary<ModelName, long> _bytes = new();

    /// <summary>The most images of one micro-batch, at least 1.</summary>
    /// <param name="members">The number of members.</param>
    public int ImagesAtOnce(ModelName group, int members) => _bytes.TryGetValue(group, out var bytes)
        ? Limit(bytes, MaxImages)
        : Limit((long)TypicalBytes * members, FirstImages);

    /// <summary>Labels that may wait to be written, at least 1.</summary>
    /// <param name="most">As many of a model's own labels.</param>
    public int LabelsInFlight(ModelName group, int members, int most) =>
        Math.Clamp(ImagesAtOnce(group, members) / 2, 1, most);

    /// <summary>Takes note of images that all members have answered.</summary>
    public void Learn(ModelName group, IReadOnlyList<GroupImage> images)
    {
        var most = images.Where(image => image.Refusal is null)
            .Select(image => image.Answers.Sum(answer => (long)answer.Json.Length)).DefaultIfEmpty().Max();
        if (most > 0)
        {
            _bytes[group] = most;
        }
    }

    private static int Limit(long bytes, int most) => (int)Math.Clamp(EnoughBytes / Math.Max(1, bytes), 1, most);
}
