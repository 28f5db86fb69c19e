using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace ServerlessMme.Core.Tests.Models.Artifacts;

/// <summary>Makes artifacts, good and hostile.</summary>
internal static class TestArtifact
{
    /// <summary>What opens these bytes, as often as it is called.</summary>
    public static Func<CancellationToken, Task<Stream>> Opener(MemoryStream bytes) =>
        _ => Task.FromResult<Stream>(new MemoryStream(bytes.ToArray()));

    public static MemoryStream Of(params (string Name, string Content)[] files) =>
        Of(files.Select(file => new PaxTarEntry(TarEntryType.RegularFile, file.Name)
        {
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(file.Content)),
        }).ToArray<TarEntry>());

    public static MemoryStream Of(params TarEntry[] entries)
    {
        var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                tar.WriteEntry(entry);
            }
        }

        archive.Position = 0;
        return archive;
    }

    /// <summary>A header that promises <paramref name="bytes"/> zeros, and the zeros.</summary>
    public static MemoryStream Bomb(string name, long bytes)
    {
        var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        {
            var header = new byte[512];
            Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
            Encoding.ASCII.GetBytes("0000644").CopyTo(header, 100);
            Encoding.ASCII.GetBytes(Convert.ToString(bytes, 8).PadLeft(11, '0')).CopyTo(header, 124);
            Encoding.ASCII.GetBytes("00000000000").CopyTo(header, 136);
            header[156] = (byte)'0';
            Encoding.ASCII.GetBytes("ustar\000").CopyTo(header, 257);
            header.AsSpan(148, 8).Fill((byte)' ');
            Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
            gzip.Write(header);
            var zeros = new byte[1 << 20];
            for (var left = bytes; left > 0; left -= zeros.Length)
            {
                gzip.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
            }
        }

        archive.Position = 0;
        return archive;
    }
}
