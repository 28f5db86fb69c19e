using ServerlessMme.Core.Images;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>The limits that a reader holds an archive to.</summary>
/// <param name="MaxEntries">Entries of any kind.</param>
/// <param name="MaxExpandedBytes">Bytes that all entries may unpack to.</param>
/// <param name="MaxRatio">How many times its own size the archive may unpack to.</param>
/// <param name="MaxNameLength">Characters of an entry's name, folders included.</param>
/// <param name="Images">Limits on each entry as an image.</param>
internal sealed record ArchiveLimits(
    int MaxEntries, long MaxExpandedBytes, int MaxRatio, int MaxNameLength, ImageOptions Images);
