using System.Globalization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>
/// Enforces the limits on an archive. Counts entries and bytes while unpacking, and never trusts the sizes in headers.
/// Not thread-safe; one per archive.
/// </summary>
internal sealed class ArchiveBudget(string archive, ArchiveLimits limits)
{
    private const long RatioFrom = 16 << 20;
    private int _entries;
    private long _expanded;

    /// <summary>Counts one entry, of any kind.</summary>
    /// <exception cref="ArchiveStoppedException">The archive has too many entries.</exception>
    public void AddEntry()
    {
        if (++_entries > limits.MaxEntries)
        {
            throw Stop(ErrorCode.TooManyEntries, $"has more than {Number(limits.MaxEntries)} entries. "
                + "The entries up to that limit were processed. Drop the remaining entries in another archive, or "
                + "raise Mme:Archives:MaxEntries.");
        }
    }

    /// <summary>Counts unpacked bytes.</summary>
    /// <param name="read">Packed bytes of the archive read so far.</param>
    /// <exception cref="ArchiveStoppedException">The archive exceeds the maximum unpacked size or ratio.</exception>
    public void AddBytes(int count, long read)
    {
        _expanded += count;
        if (_expanded > limits.MaxExpandedBytes)
        {
            throw Stop(ErrorCode.ArchiveTooLarge, $"unpacks to more than {Number(limits.MaxExpandedBytes)} bytes. "
                + "Split it into several archives, or raise Mme:Archives:MaxExpandedBytes.");
        }

        if (_expanded > RatioFrom && _expanded / limits.MaxRatio > read)
        {
            throw Stop(ErrorCode.ArchiveTooDense, $"unpacks to more than {limits.MaxRatio} times its size, which "
                + "is unusual for images. If you trust the archive, raise Mme:Archives:MaxRatio.");
        }
    }

    private ArchiveStoppedException Stop(ErrorCode code, string why) =>
        new(new Refusal(code, $"'{Printable.Text(archive)}' {why}"));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
