using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Composition;

/// <summary>A model folder, given by its path or by its name under <c>models/</c>.</summary>
internal sealed class ModelFolder(string text)
{
    /// <summary>The folder's full path.</summary>
    public string FullPath { get; } = Path
        .GetFullPath(Directory.Exists(text) ? text : Path.Combine("models", text)).TrimEnd('/', '\\');

    /// <summary>The model's name, which is the folder's name.</summary>
    public Outcome<ModelName> Name => ModelName.Parse(Path.GetFileName(FullPath));

    /// <summary>The folder that contains it.</summary>
    public string Parent => Path.GetDirectoryName(FullPath)!;

    public bool Exists => Directory.Exists(FullPath);

    /// <summary>Returns the folder's full path.</summary>
    /// <exception cref="CommandException">There is no such folder, or it is a file.</exception>
    public string Find() => Exists
        ? FullPath
        : throw new CommandException(ExitCodes.Usage, FileProblem ?? Missing);

    /// <summary>The message for a folder without a model.</summary>
    public string Missing => IsGroup(FullPath + ".json") ? ExplainGroup(FullPath + ".json")
        : $"There is no model in '{string.Join("' or '", SearchedFolders())}'. A model folder contains model.json and "
        + "model.onnx. 'mme models init' creates one from an export.";

    /// <summary>Returns why the path is not a model folder, or null if it is a folder.</summary>
    public static string? FindProblem(string path) => Directory.Exists(path) ? null
        : File.Exists(path) && Path.GetExtension(path).ToLowerInvariant() is ".onnx" or ".zip"
            ? $"'{Printable.Text(path)}' is an export, not a model folder. 'mme models init' creates a model folder "
                + "from it."
        : IsGroup(path) ? ExplainGroup(path)
        : File.Exists(path)
            ? $"'{Printable.Text(path)}' is a file, but must be a folder that contains model.json and model.onnx."
        : $"There is no folder '{Printable.Text(path)}'. mme searched for '{Path.GetFullPath(path)}'.";

    /// <summary>Explains why a file is not a model folder; null if the path doesn't name a file.</summary>
    public string? FileProblem => File.Exists(text) ? FindProblem(text) : null;

    private IEnumerable<string> SearchedFolders() =>
        Exists ? [FullPath] : new[] { Path.GetFullPath(text), FullPath }.Distinct();

    /// <summary>Writes a model folder. Both files are complete before the first one is replaced.</summary>
    /// <param name="folder">Created if missing.</param>
    /// <param name="onnxPath">The network, which is copied.</param>
    public static async Task WriteAsync(
        string folder, string onnxPath, byte[] manifest, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        // Unique names, so no other file is overwritten.
        var suffix = $".{Guid.NewGuid():N}.tmp";
        string[] written = [Path.Combine(folder, "model.onnx"), Path.Combine(folder, "model.json")];
        try
        {
            File.Copy(onnxPath, written[0] + suffix);
            await File.WriteAllBytesAsync(written[1] + suffix, manifest, cancellationToken);
            foreach (var file in written)
            {
                File.Move(file + suffix, file, overwrite: true);
            }
        }
        finally
        {
            foreach (var file in written)
            {
                File.Delete(file + suffix);
            }
        }
    }

    /// <summary>Returns why a model may not be written to a folder, or null if it may.</summary>
    /// <param name="mayReplace">True if the files of an existing model may be replaced.</param>
    public static string? FindObstacle(string folder, bool mayReplace)
    {
        if (File.Exists(folder))
        {
            return $"'{Printable.Text(folder)}' is a file. Specify a folder with --out.";
        }

        string[] names = ["model.json", "model.onnx"];
        return !mayReplace && Array.Find(names, name => Path.Exists(Path.Combine(folder, name))) is { } existing
            ? $"'{Printable.Text(folder)}' already has a {existing}. Replace it with --force, or choose another folder "
                + "with --out."
            : null;
    }

    /// <summary>Checks that a folder can be written, by creating and deleting a file there.</summary>
    /// <param name="folder">A full path. The folder need not exist.</param>
    /// <exception cref="CommandException">The folder can't be written.</exception>
    public static void CheckWritable(string folder)
    {
        var existing = folder;
        while (!Path.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        if (File.Exists(existing))
        {
            throw new CommandException(
                ExitCodes.Usage,
                $"'{Printable.Text(existing)}' is a file, so the folder '{Printable.Text(folder)}' can't be created. "
                + "Choose another folder with --out.");
        }

        try
        {
            using var probe = new FileStream(
                Path.Combine(existing, $".mme-{Guid.NewGuid():N}.tmp"), FileMode.CreateNew, FileAccess.Write,
                FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCodes.Machine,
                $"'{Printable.Text(folder)}' can't be written: no file can be created in '{Printable.Text(existing)}'. "
                + "Choose another folder with --out.",
                exception);
        }
    }

    /// <summary>Returns true if the file begins like a group.</summary>
    public static bool IsGroup(string path)
    {
        if (!File.Exists(path) || Path.GetExtension(path) != ".json")
        {
            return false;
        }

        using var file = File.OpenRead(path);
        var start = new byte[NameDefinition.StartBytes];
        var length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return ModelGroup.StartsGroup(start.AsSpan(0, length));
    }

    private static string ExplainGroup(string path) =>
        $"'{Printable.Text(path)}' is a group, but this command needs one model. Specify the folder of one of its "
        + "members. 'mme classify --group' gets an answer from every member, and 'mme models group' publishes a group.";
}
