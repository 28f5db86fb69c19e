using System.Formats.Tar;
using System.IO.Compression;

namespace ServerlessMme.Integration.Tests.Running;

/// <summary>Archives in the formats that users drop.</summary>
internal static class Packed
{
    public static BinaryData Zip(IEnumerable<(string Name, byte[] Content)> entries)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }

        return BinaryData.FromBytes(buffer.ToArray());
    }

    public static BinaryData TarGzip(IEnumerable<(string Name, byte[] Content)> entries)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var (name, content) in entries)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(content),
                });
            }
        }

        return BinaryData.FromBytes(buffer.ToArray());
    }
}
