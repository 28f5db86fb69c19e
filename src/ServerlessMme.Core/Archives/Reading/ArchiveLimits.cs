using ServerlessMme.Core.Images;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>The archive limits that the reader enforces.</summary>
/// <param name="MaxEntries">Number of entries of any kind.</param>
/// <param name="MaxExpandedBytes">Unpacked size of all entries, in bytes.</param>
/// <param name="MaxRatio">Ratio of unpacked to packed size.</param>
/// <param name="MaxNameLength">Length of an entry's name, including its folders, in characters.</param>
/// <param name="Images">Limits on each entry as an image.</param>
internal sealed record ArchiveLimits(
    int MaxEntries, long MaxExpandedBytes, int MaxRatio, int MaxNameLength, ImageOptions Images);
