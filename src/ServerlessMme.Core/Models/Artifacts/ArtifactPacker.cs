using System.Formats.Tar;
using System.IO.Compression;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>Packs a model folder into the artifact <c>{model}.tar.gz</c>. The output is deterministic.</summary>
public static class ArtifactPacker
{
    private static readonly string[] Files = ["model.json", "model.onnx"];

    /// <summary>Writes the archive of a folder that contains model.json and model.onnx.</summary>
    public static async Task PackAsync(string folder, Stream archive, CancellationToken cancellationToken)
    {
        await using var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true);
        await using var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var name in Files)
        {
            await using var file = File.OpenRead(Path.Combine(folder, name));
            // Times and owners of the files would change the digest each time.
            var entry = new UstarTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = file,
                ModificationTime = DateTimeOffset.UnixEpoch,
            };
            await tar.WriteEntryAsync(entry, cancellationToken);
        }
    }
}
