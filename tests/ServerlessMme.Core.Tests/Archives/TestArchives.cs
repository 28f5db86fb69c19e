using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace ServerlessMme.Core.Tests.Archives;

/// <summary>Makes archives of small entries.</summary>
internal static class TestArchives
{
    public static byte[] Zip(
        IEnumerable<(string Name, byte[] Content)> entries,
        CompressionLevel level = CompressionLevel.Optimal,
        bool forward = false)
    {
        var buffer = new MemoryStream();
        // To a stream that cannot seek, sizes and checksums are written after the content.
        using (var zip = new ZipArchive(
            forward ? new WriteOnly(buffer) : buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }

        return buffer.ToArray();
    }

    public static byte[] Tar(
        IEnumerable<(string Name, byte[] Content)> entries, TarEntryFormat format = TarEntryFormat.Pax)
    {
        var buffer = new MemoryStream();
        using (var tar = new TarWriter(buffer, format, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                tar.WriteEntry(File(name, content, format));
            }
        }

        return buffer.ToArray();
    }

    public static byte[] Tar(params TarEntry[] entries)
    {
        var buffer = new MemoryStream();
        using (var tar = new TarWriter(buffer, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                tar.WriteEntry(entry);
            }
        }

        return buffer.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return buffer.ToArray();
    }

    public static TarEntry File(string name, byte[] content, TarEntryFormat format = TarEntryFormat.Pax)
    {
        TarEntry entry = format switch
        {
            TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
            TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
            TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
            _ => new PaxTarEntry(TarEntryType.RegularFile, name),
        };
        entry.DataStream = new MemoryStream(content);
        return entry;
    }

    /// <summary>Entries named 0 to n - 1 in folders, each with its number as text.</summary>
    public static IReadOnlyList<(string Name, byte[] Content)> Numbers(int count) =>
        [.. Enumerable.Range(0, count).Select(i => ($"a/{i % 3}/{i}.txt", Encoding.UTF8.GetBytes($"{i}")))];

    private sealed class WriteOnly(MemoryStream target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer, offset, count);
    }
}
