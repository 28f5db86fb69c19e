using System.IO.Compression;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>An export: an ONNX file and its companion files. Disposing deletes unpacked files.</summary>
internal sealed class ModelExport : IDisposable
{
    private const int MaxEntries = 1000;
    private const long MaxUnpackedBytes = 4L << 30;
    private readonly StagingFolder? _unpacked;

    private ModelExport(string onnxPath, string shown, Companions files, StagingFolder? unpacked)
    {
        OnnxPath = onnxPath;
        Shown = shown;
        Files = files;
        _unpacked = unpacked;
    }

    public string OnnxPath { get; }

    /// <summary>The path of the ONNX file in messages; only its name if it is in a zip file.</summary>
    public string Shown { get; }

    public Companions Files { get; }

    /// <summary>Opens an ONNX file, a folder or a zip. Returns a message for the user if that fails.</summary>
    public static async Task<(ModelExport? Export, string? Problem)> OpenAsync(
        string path, CancellationToken cancellationToken)
    {
        if (File.Exists(path) && path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            var folder = StagingFolder.Create("mme-init-");
            string? problem;
            try
            {
                problem = await UnpackAsync(path, folder.FullName, cancellationToken);
            }
            catch
            {
                folder.Dispose();
                throw;
            }

            if (problem is null && FindOnnx(folder.FullName, path, out problem) is { } found)
            {
                var files = await ReadAsync(found, folder.FullName, cancellationToken);
                return (new ModelExport(found, Path.GetFileName(found), files, folder), null);
            }

            folder.Dispose();
            return (null, problem);
        }

        if (File.Exists(path))
        {
            var beside = Path.GetDirectoryName(path)!;
            return (new ModelExport(path, path, await Companions.ReadAsync([beside], cancellationToken), null), null);
        }

        if (!Directory.Exists(path))
        {
            return (null, $"There is no file or folder '{Printable.Text(path)}'.");
        }

        return FindOnnx(path, path, out var missing) is { } onnx
            ? (new ModelExport(onnx, onnx, await ReadAsync(onnx, path, cancellationToken), null), null)
            : (null, missing);
    }

    public void Dispose() => _unpacked?.Dispose();

    private static Task<Companions> ReadAsync(string onnx, string folder, CancellationToken cancellationToken) =>
        Companions.ReadAsync([.. new[] { folder, Path.GetDirectoryName(onnx)! }.Distinct()], cancellationToken);

    /// <summary>Finds the folder's ONNX file, or the one in <c>onnx/</c>, as on the Hugging Face Hub.</summary>
    private static string? FindOnnx(string folder, string shown, out string? problem)
    {
        problem = null;
        foreach (var place in (string[])[folder, Path.Combine(folder, "onnx")])
        {
            string[] found = Directory.Exists(place) ? [.. Directory.EnumerateFiles(place, "*.onnx").Order()] : [];
            if (found.Length == 1)
            {
                return found[0];
            }

            if (found.FirstOrDefault(file => Path.GetFileName(file) == "model.onnx") is { } standard)
            {
                return standard;
            }

            if (found.Length > 1)
            {
                problem = $"'{Printable.Text(shown)}' has {found.Length} ONNX files "
                    + $"({string.Join(", ", found.Take(5).Select(file => Printable.Text(Path.GetFileName(file))))}). "
                    + "Specify one of these files instead of the folder.";
                return null;
            }
        }

        problem = $"There is no ONNX file in '{Printable.Text(shown)}'. Export the model as ONNX first, "
            + "for example with torch.onnx.export, tf2onnx or optimum-cli.";
        return null;
    }

    /// <summary>Unpacks the files without their folders, so no name can lead outside.</summary>
    private static async Task<string?> UnpackAsync(string path, string folder, CancellationToken cancellationToken)
    {
        var name = Printable.Text(Path.GetFileName(path));
        // Pipes and devices have no length, and opening one may wait forever.
        if (new FileInfo(path).Length == 0)
        {
            return $"'{name}' is empty.";
        }

        try
        {
            await using var zip = await ZipFile.OpenReadAsync(path, cancellationToken);
            if (zip.Entries.Count > MaxEntries)
            {
                return $"'{name}' has {zip.Entries.Count} entries, but the limit is {MaxEntries}. Unpack it, and "
                    + "specify the folder instead.";
            }

            var left = MaxUnpackedBytes;
            foreach (var entry in zip.Entries.Where(IsWanted))
            {
                if (File.Exists(Path.Combine(folder, entry.Name)))
                {
                    return $"'{name}' has two files with the name '{Printable.Text(entry.Name)}'. Unpack it, and "
                        + "specify the folder instead.";
                }

                if (entry.IsEncrypted)
                {
                    return $"'{name}' is encrypted. Unpack it, and specify the folder instead.";
                }

                await using var source = await entry.OpenAsync(cancellationToken);
                await using var target = new FileStream(Path.Combine(folder, entry.Name), FileMode.CreateNew);
                var buffer = new byte[1 << 16];
                for (int read; (read = await source.ReadAsync(buffer, cancellationToken)) > 0;)
                {
                    if ((left -= read) < 0)
                    {
                        return $"'{name}' unpacks to more than {MaxUnpackedBytes >> 30} GiB. Unpack it, and "
                            + "specify the folder instead.";
                    }

                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }

            return null;
        }
        catch (Exception exception) when (
            exception is InvalidDataException or ArgumentException or NotSupportedException or PathTooLongException)
        {
            return $"'{name}' is not a readable zip file. Unpack it, and specify the folder instead.";
        }
    }

    private static bool IsWanted(ZipArchiveEntry entry) =>
        entry.Name.Length > 0 && entry.Name == Path.GetFileName(entry.Name) && entry.Name[0] != '.'
        && !entry.FullName.StartsWith("__MACOSX", StringComparison.Ordinal);
}
