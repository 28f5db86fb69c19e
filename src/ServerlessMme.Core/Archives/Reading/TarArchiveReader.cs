using System.Formats.Tar;
using System.IO.Compression;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>Reads tar files, plain or compressed with gzip.</summary>
internal sealed class TarArchiveReader : ArchiveReader
{
    private readonly bool _isCompressed;
    private readonly TarBlocks _blocks;
    private readonly TarReader _tar;
    private bool _hasBegun;

    public TarArchiveReader(string archive, Stream content, bool isCompressed, ArchiveLimits limits)
        : base(archive, new SourceStream(content, TarBlocks.BlockLength), limits)
    {
        _isCompressed = isCompressed;
        _blocks = new TarBlocks(
            isCompressed ? new GZipStream(Source, CompressionMode.Decompress, leaveOpen: true) : Source,
            count => Budget.AddBytes(count, Source.Count));
        _tar = new TarReader(_blocks, leaveOpen: true);
    }

    public override void Dispose()
    {
        _tar.Dispose();
        _blocks.Dispose();
    }

    protected override ArchiveEntry? Read()
    {
        while (NextHeader() is { } header)
        {
            Budget.AddEntry();
            switch (header.EntryType)
            {
                case TarEntryType.Directory or TarEntryType.DirectoryList or TarEntryType.GlobalExtendedAttributes:
                    continue;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    return ReadFile(header);
                default:
                    return Refuse(header.Name, ErrorCode.NotAnImage,
                        $"is a {header.EntryType}, not a file. Add the file itself to the archive.");
            }
        }

        return null;
    }

    protected override void CheckEnd()
    {
        if (!_blocks.EndsWithZeros)
        {
            throw Damaged("ends without the block of zeros that marks the end of a tar file");
        }

        // A gzip file ends with its checksum.
        _blocks.Drain();
    }

    private TarEntry? NextHeader()
    {
        if (_hasBegun)
        {
            return _tar.GetNextEntry();
        }

        _hasBegun = true;
        TarEntry? first = null;
        try
        {
            first = _tar.GetNextEntry();
        }
        catch (Exception exception) when (Source.Failure is null
            && exception is not (OutOfMemoryException or ArchiveStoppedException))
        {
            throw NotAnArchive(_isCompressed ? "tar.gz" : "tar");
        }

        return first is null && !_blocks.EndsWithZeros ? throw NotAnArchive(_isCompressed ? "tar.gz" : "tar") : first;
    }

    private ArchiveEntry ReadFile(TarEntry header)
    {
        if (header.DataStream is not { } data)
        {
            return Take(header.Name, Stream.Null, (_, _, _) => { });
        }

        using var content = _blocks.BeginData();
        var entry = Take(header.Name, data, (_, _, _) => { });
        if (entry.Bytes == header.Length)
        {
            return entry;
        }

        entry.Return();
        throw Damaged($"ends within '{Printable.Text(entry.Name)}'");
    }
}
