using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using ServerlessMme.Core.Failures;
using SharpCompress.Common;
using SharpCompress.Readers;
using SharpCompress.Readers.Zip;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>
/// Reads zip files by the header before each entry. The central directory at the end only verifies that no entry is
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
        // Without a password, the reader would stop at an encrypted entry instead of skipping it.
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
            // The checksum may follow the bytes, so it is known only once the next header has been read.
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
                    ErrorCode.DamagedEntry, $"'{Printable.Text(entry.Name)}' doesn't match its checksum in the "
                        + "archive. Create the archive again."),
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

            throw Damaged($"lists {listed} entries in its central directory, but contains {_entries}");
        }

        throw Damaged("ends without its central directory");
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

    /// <summary>Refuses an entry that must not be unpacked. Returns null for any other entry.</summary>
    private ArchiveEntry? RefuseUnread(IEntry header)
    {
        var name = header.Key ?? "";
        if (header.IsEncrypted)
        {
            return Refuse(name, ErrorCode.EncryptedEntry, "is encrypted. Create the archive without a password.");
        }

        return header.CompressionType is CompressionType.None or CompressionType.Deflate or CompressionType.Deflate64
            ? null
            : Refuse(name, ErrorCode.UnsupportedFormat,
                $"is compressed with {header.CompressionType}, which is not supported. Create the archive with Deflate "
                + "compression, or without compression.");
    }

    // Encryption and the refused methods never produce zero bytes, so a size of zero in the header means that the
    // size is unknown. The reader would unpack the entry to find its end, outside the budget.
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
            $"contains '{Printable.Text(header.Key ?? "")}', an entry of unknown length that cannot be skipped");
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
            // Otherwise disposing the entry would unpack the rest of it, outside the budget.
            _zip.Cancel();
            throw;
        }
    }

    // Damage after an entry doesn't affect that entry, so it is reported with the next one.
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
            _stopped = Damaged(Unreadable(exception));
        }
    }

    // Current tools write names in UTF-8 whether or not they set the flag. Other names come from tools that used code
    // page 437, and Latin-1 shows their ASCII part.
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
