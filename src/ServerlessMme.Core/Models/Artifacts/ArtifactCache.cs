using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ServerlessMme.Core.Models.Artifacts;

/// <summary>
/// Unpacked artifacts on disk: <c>{digest}/model.json</c>, <c>{digest}/model.onnx</c>, and a note per downloaded
/// version that avoids a second download. A folder's modification time is the time of its last use. When all artifacts
/// exceed the cap, the least recently used are removed. Safe for use by several threads and processes.
/// </summary>
internal sealed class ArtifactCache(string root, long capBytes, TimeProvider time)
{
    private const string ManifestName = "model.json";
    private const string OnnxName = "model.onnx";
    private const string TemporarySuffix = ".tmp";
    private const string DigestPrefix = "sha256:";

    /// <summary>Artifacts used this recently are not removed, because they may be loading.</summary>
    private static readonly TimeSpan InUse = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private long? _bytes;

    private string Notes => Path.Combine(root, "versions");

    /// <summary>Returns a new folder to unpack into. Folders of killed processes are removed later.</summary>
    public string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(root, Path.GetRandomFileName() + TemporarySuffix)).FullName;

    /// <summary>Returns the files of an artifact, or null if it is not on disk.</summary>
    /// <param name="digest"><c>sha256:</c> and 64 hexadecimal digits.</param>
    public ModelFiles? Find(string digest)
    {
        var folder = FolderOf(digest);
        var manifest = Path.Combine(folder, ManifestName);
        if (!File.Exists(manifest))
        {
            return null;
        }

        Touch(folder);
        var onnx = Path.Combine(folder, OnnxName);
        return new ModelFiles(manifest, File.Exists(onnx) ? onnx : null, digest);
    }

    /// <summary>
    /// Returns the files downloaded from a source, or null if they are not on disk, or their size differs.
    /// </summary>
    /// <param name="source">Address and ETag.</param>
    public ModelFiles? FindVersion(string source)
    {
        try
        {
            var note = File.ReadAllText(NoteOf(source)).Split('\n');
            return note is [var digest, var bytes] && Find(digest) is { } files && Text(BytesOf(files)) == bytes
                ? files : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Records which files were downloaded from a source.</summary>
    public void NoteVersion(string source, ModelFiles files)
    {
        var note = NoteOf(source);
        try
        {
            Directory.CreateDirectory(Notes);
            var temporary = Path.Combine(Notes, Path.GetRandomFileName() + TemporarySuffix);
            File.WriteAllText(temporary, $"{files.Digest}\n{Text(BytesOf(files))}");
            File.Move(temporary, note, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The files are stored, and the note only saves a download.
        }
    }

    /// <summary>Stores an unpacked artifact under its digest.</summary>
    public ModelFiles Keep(string unpacked, string digest)
    {
        var folder = FolderOf(digest);
        try
        {
            if (!IsWhole(folder, unpacked))
            {
                // An interrupted removal left an incomplete artifact.
                Delete(new DirectoryInfo(folder));
                Directory.Move(unpacked, folder);
            }
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process unpacked the same bytes in the meantime.
        }

        var files = Find(digest) ?? throw new IOException($"'{folder}' was removed while it was in use.");
        KeepCap(BytesOf(files));
        return files;
    }

    /// <summary>Counts added bytes. Lists the disk only the first time and if the cap is exceeded.</summary>
    private void KeepCap(long added)
    {
        lock (_gate)
        {
            _bytes = _bytes is { } bytes ? bytes + added : FoldersByUse().Sum(folder => BytesIn(folder));
            if (_bytes > capBytes)
            {
                _bytes = Remove();
            }
        }
    }

    /// <summary>
    /// Removes artifacts down to nine tenths of the cap, and the leftovers of killed processes. Returns the
    /// remaining bytes.
    /// </summary>
    private long Remove()
    {
        var old = time.GetUtcNow().UtcDateTime - InUse;
        foreach (var folder in new DirectoryInfo(root).GetDirectories("*" + TemporarySuffix))
        {
            if (folder.LastWriteTimeUtc < old)
            {
                Delete(folder);
            }
        }

        var folders = FoldersByUse();
        var total = folders.Sum(folder => BytesIn(folder));
        foreach (var folder in folders.TakeWhile(folder => folder.LastWriteTimeUtc < old))
        {
            if (total <= capBytes / 10 * 9)
            {
                break;
            }

            total -= BytesIn(folder);
            Delete(folder);
        }

        foreach (var note in Directory.Exists(Notes) ? Directory.GetFiles(Notes) : [])
        {
            if (File.GetLastWriteTimeUtc(note) < old && !IsNeeded(note))
            {
                File.Delete(note);
            }
        }

        return total;
    }

    /// <summary>Returns false for a note whose artifact is gone, and for an unreadable note.</summary>
    private bool IsNeeded(string note)
    {
        try
        {
            return File.ReadAllText(note).Split('\n') is [var digest, _]
                && digest.StartsWith(DigestPrefix, StringComparison.Ordinal) && Directory.Exists(FolderOf(digest));
        }
        catch (IOException)
        {
            // Another process is removing it.
            return false;
        }
    }

    /// <summary>Returns true if a folder has all files of the unpacked artifact.</summary>
    private static bool IsWhole(string folder, string unpacked) => Directory.Exists(folder)
        && Directory.GetFiles(unpacked).All(file => File.Exists(Path.Combine(folder, Path.GetFileName(file))));

    private DirectoryInfo[] FoldersByUse() =>
        [.. new DirectoryInfo(root).GetDirectories().Where(folder => folder.Name.Length == SHA256.HashSizeInBytes * 2)
            .OrderBy(folder => folder.LastWriteTimeUtc)];

    private static long BytesIn(DirectoryInfo folder)
    {
        try
        {
            return folder.GetFiles().Sum(file => file.Length);
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Renames a folder before deleting it, so an interruption never leaves part of an artifact.</summary>
    private void Delete(DirectoryInfo folder)
    {
        try
        {
            var gone = Path.Combine(root, Path.GetRandomFileName() + TemporarySuffix);
            if (!folder.Name.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            {
                folder.MoveTo(gone);
            }

            folder.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another process has removed it.
        }
    }

    private void Touch(string folder)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(folder, time.GetUtcNow().UtcDateTime);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            // Another user's folder can be used, but its time cannot be changed.
        }
    }

    private static long BytesOf(ModelFiles files) => new FileInfo(files.ManifestPath).Length
        + (files.OnnxPath is { } onnx ? new FileInfo(onnx).Length : 0);

    private string FolderOf(string digest) => Path.Combine(root, digest[DigestPrefix.Length..]);

    private string NoteOf(string source) =>
        Path.Combine(Notes, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source))));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
