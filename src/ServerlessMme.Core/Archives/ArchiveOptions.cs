using System.ComponentModel.DataAnnotations;
using ServerlessMme.Core.Archives.Reading;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Archives;

/// <summary>Limits, checkpoints and time slices of archives (<c>Mme:Archives</c>).</summary>
public sealed class ArchiveOptions
{
    /// <summary>Maximum number of entries, including folders and links. Default: 1,000,000.</summary>
    [Range(1, int.MaxValue)]
    public int MaxEntries { get; set; } = 1_000_000;

    /// <summary>Maximum unpacked size, in bytes. Default: 100 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxExpandedBytes { get; set; } = 100L << 30;

    /// <summary>
    /// Maximum ratio of unpacked to packed size, enforced above 16 MiB of unpacked data. Default: 200. Images never
    /// reach it; archive bombs exceed it at once.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxRatio { get; set; } = 200;

    /// <summary>
    /// Maximum length of an entry's name, including its folders, in characters. Default: 1,019, as for images.
    /// </summary>
    [Range(1, 65_535)]
    public int MaxNameLength { get; set; } = ImageName.MaxLength;

    /// <summary>Lines per checkpoint. A later try continues after the last checkpoint. Default: 1,000.</summary>
    [Range(1, 100_000)]
    public int CheckpointLines { get; set; } = 1000;

    /// <summary>Maximum time between two checkpoints. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a worker spends on an archive before it sends the rest to the end of the queue. Keep it below
    /// <c>Mme:Triggers:TimeLimit</c>. Default: 4 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan TimeSlice { get; set; } = TimeSpan.FromMinutes(4);

    internal ArchiveLimits ToLimits(ImageOptions images) =>
        new(MaxEntries, MaxExpandedBytes, MaxRatio, MaxNameLength, images);
}
