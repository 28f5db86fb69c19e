using System.Formats.Tar;
using System.IO.Compression;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>
/// Unpacks model.json and model.onnx from the root of <c>{model}.tar.gz</c>. Refuses an archive with links or devices.
/// </summary>
internal static class ArtifactReader
{
    private const int MaxEntries = 1000;
    private static readonly string[] RequiredFiles = ["model.json", "model.onnx"];

    /// <summary>
    /// Writes the two files into <paramref name="folder"/>. Returns a refusal if the archive violates the contract.
    /// </summary>
    /// <exception cref="ArtifactTooLargeException">
    /// The archive unpacks to more than <paramref name="maxUnpackedBytes"/> bytes.
    /// </exception>
    public static async Task<Refusal?> UnpackAsync(
        ModelName model, Stream artifact, string folder, long maxUnpackedBytes, CancellationToken cancellationToken)
    {
        try
        {
            await using var gzip = new GZipStream(artifact, CompressionMode.Decompress, leaveOpen: true);
            // The limit is on gzip's output, so it stops a bomb regardless of the entries' headers.
            await using var unpacked = new HashingStream(gzip, null, maxUnpackedBytes);
            await using var tar = new TarReader(unpacked, leaveOpen: true);
            var found = new HashSet<string>();
            for (var count = 0; await tar.GetNextEntryAsync(false, cancellationToken) is { } entry; count++)
            {
                if (count == MaxEntries)
                {
                    return Refuse(model, $"has more than {MaxEntries} entries");
                }

                if (await TakeAsync(model, entry, folder, found, cancellationToken) is { } refusal)
                {
                    return refusal;
                }
            }

            return found.Count == RequiredFiles.Length ? null : Refuse(model, MissingText(found));
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException)
        {
            return Refuse(model, $"is not a readable .tar.gz: {Printable.Text(exception.Message).TrimEnd('.')}");
        }
    }

    private static async Task<Refusal?> TakeAsync(
        ModelName model, TarEntry entry, string folder, HashSet<string> found, CancellationToken cancellationToken)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes or TarEntryType.ExtendedAttributes)
        {
            return null;
        }

        var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        if (IsOutside(name))
        {
            return Refuse(model, $"contains '{Printable.Text(entry.Name)}', a path outside the archive");
        }

        if (entry.EntryType is TarEntryType.Directory)
        {
            return null;
        }

        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile
            or TarEntryType.ContiguousFile))
        {
            return Refuse(model, $"contains '{Printable.Text(entry.Name)}', which is a {entry.EntryType}, not a file");
        }

        if (!RequiredFiles.Contains(name))
        {
            return null;
        }

        if (!found.Add(name))
        {
            return Refuse(model, $"contains {name} twice");
        }

        await using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew);
        if (entry.DataStream is { } data)
        {
            await data.CopyToAsync(file, cancellationToken);
        }

        return null;
    }

    private static bool IsOutside(string name) =>
        name.StartsWith('/') || name.Contains('\\') || name.Contains('\0') || name.Contains(':')
        || name.Split('/').Contains("..");

    private static string MissingText(HashSet<string> found) =>
        $"has no {string.Join(" and no ", RequiredFiles.Where(name => !found.Contains(name)))} at its root";

    private static Refusal Refuse(ModelName model, string why) => new(
        ErrorCode.InvalidArtifact,
        $"The artifact of '{model}' {why}. To pack it, run 'tar czf {model}.tar.gz model.json model.onnx' in the "
        + "model's folder.");
}
