using System.Collections.Concurrent;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// Estimates how much memory the answers for one image take, so a micro-batch and the labels waiting to be written stay
/// bounded even if answers are large. Learns from the answers themselves. Thread-safe; one per process.
/// </summary>
internal sealed class GroupAnswers
{
    /// <summary>Maximum number of classes in a member's answer, regardless of its manifest.</summary>
    public const int MostClasses = 100;

    // Approximate size of a member's answer with five classes.
    private const int TypicalBytes = 512;

    /// <summary>Maximum size of the answers of one micro-batch, in bytes.</summary>
    private const long EnoughBytes = 32L << 20;

    private const int MaxImages = 256;

    /// <summary>Number of images in a group's first micro-batch, before the size of its answers is known.</summary>
    private const int FirstImages = 16;

    private readonly ConcurrentDictionary<ModelName, long> _bytes = new();

    /// <summary>Maximum number of images per micro-batch, at least 1.</summary>
    /// <param name="members">The number of members.</param>
    public int ImagesAtOnce(ModelName group, int members) => _bytes.TryGetValue(group, out var bytes)
        ? Limit(bytes, MaxImages)
        : Limit((long)TypicalBytes * members, FirstImages);

    /// <summary>Maximum number of labels waiting to be written, at least 1.</summary>
    /// <param name="most">The maximum for labels of a single model.</param>
    public int LabelsInFlight(ModelName group, int members, int most) =>
        Math.Clamp(ImagesAtOnce(group, members) / 2, 1, most);

    /// <summary>Learns from images that all members have answered.</summary>
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
