using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>
/// Reads an archive from beginning to end, one entry at a time, without seeking. Damage ends reading and sets
/// <see cref="Refusal"/>; a failure of the source is thrown. Not thread-safe.
/// </summary>
internal abstract class ArchiveReader : IDisposable
{
    private readonly string _archive;
    private readonly ArchiveLimits _limits;
    private bool _hasEnded;

    protected ArchiveReader(string archive, SourceStream source, ArchiveLimits limits)
    {
        _archive = archive;
        Source = source;
        _limits = limits;
        Budget = new ArchiveBudget(archive, limits);
    }

    /// <summary>Why reading stopped before the archive's proper end; null if it did not.</summary>
    public Refusal? Refusal { get; private set; }

    protected SourceStream Source { get; }

    protected ArchiveBudget Budget { get; }

    public static ArchiveReader Open(string archive, Stream content, ArchiveLimits limits) =>
        ArchiveName.FormatOf(archive) switch
        {
            ArchiveFormat.Zip => new ZipArchiveReader(archive, content, limits),
            ArchiveFormat.Tar => new TarArchiveReader(archive, content, isCompressed: false, limits),
            ArchiveFormat.TarGzip => new TarArchiveReader(archive, content, isCompressed: true, limits),
            _ => throw new ArgumentException($"'{archive}' is not the name of an archive.", nameof(archive)),
        };

    /// <summary>
    /// Reads the next entry that is not a folder. Returns null after the last one or after a problem. The caller
    /// returns the entry's array to the pool.
    /// </summary>
    public ArchiveEntry? Next()
    {
        if (_hasEnded)
        {
            return null;
        }

        try
        {
            if (Read() is { } entry)
            {
                return entry;
            }

            CheckEnd();
        }
        catch (ArchiveStoppedException stopped)
        {
            Refusal = stopped.Refusal;
        }
        catch (Exception exception) when (Source.Failure is null && exception is not OutOfMemoryException)
        {
            // Malicious bytes can make a parser throw anything. The source hasn't failed, so the archive is damaged.
            Refusal = Damaged(Unreadable(exception)).Refusal;
        }

        _hasEnded = true;
        return null;
    }

    public abstract void Dispose();

    /// <summary>Reads the next entry that is not a folder. Returns null at the format's end marker.</summary>
    protected abstract ArchiveEntry? Read();

    /// <summary>Throws if <see cref="Read"/> stopped before the archive's proper end.</summary>
    protected abstract void CheckEnd();

    protected ArchiveStoppedException Damaged(string why) => new(new Refusal(
        ErrorCode.DamagedArchive,
        $"'{Printable.Text(_archive)}' {why}. The entries that could be read were processed. Drop an intact copy of "
        + "the archive."));

    protected static string Unreadable(Exception exception) =>
        $"cannot be read to its end: {Printable.Text(exception.Message.TrimEnd('.'))}";

    protected ArchiveStoppedException NotAnArchive(string format) => new(new Refusal(
        ErrorCode.NotAnArchive,
        $"'{Printable.Text(_archive)}' is not a {format} file. Drop it with the extension of its actual format."));

    /// <summary>Refuses an entry without reading it. A name that is too long takes precedence as the reason.</summary>
    protected ArchiveEntry Refuse(string name, ErrorCode code, string why) =>
        new(NameOf(name), 0, null, CheckName(name) ?? new Refusal(code, $"'{Printable.Text(name)}' {why}"));

    /// <summary>Reads an entry's bytes, or only counts them if the entry is refused.</summary>
    /// <param name="count">Called with each piece as it is read.</param>
    protected ArchiveEntry Take(string name, Stream content, Action<byte[], int, int> count)
    {
        var refusal = CheckName(name);
        var (rented, bytes) = EntryContent.Read(content, _limits.Images.MaxBytes, count);
        var entry = new ArchiveEntry(NameOf(name), bytes, rented, refusal);
        if (refusal is null)
        {
            return rented is not null ? entry : entry with { Refusal = _limits.Images.RefuseSize(entry.Name, bytes) };
        }

        entry.Return();
        return entry with { Rented = null };
    }

    private string NameOf(string name)
    {
        name = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        return Printable.Text(name, _limits.MaxNameLength);
    }

    private Refusal? CheckName(string name) => name.Length <= _limits.MaxNameLength
        ? null
        : new Refusal(
            ErrorCode.InvalidImageName,
            $"The entry name '{Printable.Text(name)}' has {name.Length} characters; the limit is "
            + $"{_limits.MaxNameLength}. Give the entry a shorter name, or raise Mme:Archives:MaxNameLength.");
}
