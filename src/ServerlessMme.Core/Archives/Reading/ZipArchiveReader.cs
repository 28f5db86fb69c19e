using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using ServerlessMme.Core.Failures;
using SharpCompress.Common;
using SharpCompress.Readers;
using SharpCompress.Readers.Zip;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>
/// Zip files, read by the header before each entry. The directory at the end only serves to check that nothing is
/// missing.
/// </summary>
internal sealed class ZipArchiveReader : ArchiveReader
{
    private const int EndLength = 22;
    private const int MaxCommentLength = ushort.MaxValue;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private readonly IReader _zip;
    private readonly Crc32 _checksum = new();
    private int _entries;
    private bool _hasBegun;
    private bool _hasNext;
    private ArchiveStoppedException? _stopped;

    public ZipArchiveReader(string archive, Stream content, ArchiveLimits limits)
        : base(archive, new SourceStream(content, EndLength + MaxCommentLength), limits)
    {
        var encoding = new ArchiveEncoding { CustomDecoder = DecodeName };
        // Without a password the reader stops at an encrypted entry instead of skipping it.
        _zip = ZipReader.OpenReader(
            Source, new ReaderOptions { LeaveStreamOpen = true, ArchiveEncoding = encoding, Password = "none" });
    }

    public override void Dispose() => _zip.Dispose();

    protected override ArchiveEntry? Read()
    {
        if (!_hasBegun)
        {
            Begin();
        }

        while (_hasNext)
        {
            Budget.AddEntry();
            var header = _zip.Entry;
            if (header.IsDirectory)
            {
                Advance();
                continue;
            }

            if (RefuseUnread(header) is { } refused)
            {
                PassOver(header);
                return refused;
            }

            var entry = ReadEntry(header);
            // The checksum may follow the bytes and is only known once the next header is read.
            Advance();
            if (entry.Refusal is not null || (uint)header.Crc == _checksum.GetCurrentHashAsUInt32())
            {
                return entry;
            }

            entry.Return();
            if (_stopped is not null)
            {
                break;
            }

            return entry with
            {
                Rented = null,
                Refusal = new Refusal(
                    ErrorCode.DamagedEntry, $"'{Printable.Text(entry.Name)}' does not have the checksum that its "
                        + "archive says. Pack it again."),
            };
        }

        return _stopped is null ? null : throw _stopped;
    }

    protected override void CheckEnd()
    {
        Source.Drain();
        var tail = Source.Tail();
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (!end.StartsWith("PK\x05\x06"u8))
            {
                continue;
            }

            var listed = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            if (listed == ushort.MaxValue || listed == (ushort)_entries)
            {
                return;
            }

            throw Damaged($"lists {listed} entries in its directory, and {_entries} were found");
        }

        throw Damaged("ends without its directory");
    }

    private void Begin()
    {
        _hasBegun = true;
        try
        {
            _hasNext = _zip.MoveToNextEntry();
        }
        catch (Exception) when (Source.Failure is null)
        {
            _hasNext = false;
        }

        _entries = _hasNext ? 1 : 0;
        if (!_hasNext && !Source.Tail().AsSpan().StartsWith("PK"u8))
        {
            throw NotAnArchive("zip");
        }
    }

    /// <summary>Why an entry's bytes are skipped; null when they are read.</summary>
    private ArchiveEntry? RefuseUnread(IEntry header)
    {
        var name = header.Key ?? "";
        if (header.IsEncrypted)
        {
            return Refuse(name, ErrorCode.EncryptedEntry, "is encrypted. Pack it without a password.");
        }

        return header.CompressionType is CompressionType.None or CompressionType.Deflate or CompressionType.Deflate64
            ? null
            : Refuse(name, ErrorCode.UnsupportedFormat,
                $"is packed with {header.CompressionType}. Pack it with Deflate, or as it is.");
    }

    // An encrypted or unsupported entry is never empty. A header that says so leaves the size unknown, and the reader
    // would search for the end by unpacking, past every limit.
    private void PassOver(IEntry header)
    {
        if (header.CompressedSize > 0)
        {
            Advance();
            return;
        }

        _zip.Cancel();
        _hasNext = false;
        _stopped = Damaged(
            $"has an entry of unknown length, '{Printable.Text(header.Key ?? "")}', that cannot be passed over");
    }

    private ArchiveEntry ReadEntry(IEntry header)
    {
        _checksum.Reset();
        using var content = _zip.OpenEntryStream();
        try
        {
            return Take(header.Key ?? "", content, (bytes, at, count) =>
            {
                Budget.AddBytes(count, Source.Count);
                _checksum.Append(bytes.AsSpan(at, count));
            });
        }
        catch
        {
            // Otherwise disposing the entry would unpack the rest of it, past every limit.
            _zip.Cancel();
            throw;
        }
    }

    // The entry just read stays valid even if the next one is damaged.
    private void Advance()
    {
        try
        {
            _hasNext = _zip.MoveToNextEntry();
            _entries += _hasNext ? 1 : 0;
        }
        catch (Exception exception) when (Source.Failure is null && exception is not OutOfMemoryException)
        {
            _hasNext = false;
            _stopped = Damaged($"cannot be read any further: {Printable.Text(exception.Message)}");
        }
    }

    // Names are UTF-8 today, whether or not their flag says so. Others are in code page 437, and Latin-1 keeps the
    // ASCII part of them.
    private static string DecodeName(byte[] bytes, int index, int count, EncodingType type)
    {
        try
        {
            return StrictUtf8.GetString(bytes, index, count);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes, index, count);
        }
    }
}
