using System.Text;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// The models that a process uses, in a file that other processes can read. Each key has a line, which is blank after
/// the key is removed. A file per model would take a third of the time of a load, because the file system logs the
/// creation of files. Not thread-safe.
/// </summary>
internal sealed class UseMarks(string path) : IDisposable
{
    /// <summary>Characters of a key.</summary>
    public const int KeyLength = 64;
    private const int LineLength = KeyLength + 1;

    private static readonly byte[] Blank = Encoding.ASCII.GetBytes(new string(' ', KeyLength) + '\n');

    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write,
        FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private readonly Dictionary<string, int> _lines = [];
    private readonly Stack<int> _free = new();

    /// <summary>Reads the keys in a file. Empty if its process has deleted the file.</summary>
    public static IEnumerable<string> Read(string path)
    {
        try
        {
            using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file, Encoding.ASCII);
            return [.. reader.ReadToEnd().Split('\n').Where(line => line.Length == KeyLength && line[0] != ' ')];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException
            || (exception is UnauthorizedAccessException && OperatingSystem.IsWindows()))
        {
            // The process has ended. Windows denies access to a file that is being deleted.
            return [];
        }
    }

    public void Add(string key)
    {
        if (_lines.ContainsKey(key))
        {
            // Its removal failed.
            return;
        }

        var isFree = _free.TryPeek(out var free);
        var line = isFree ? free : _lines.Count;
        Write(line, Encoding.ASCII.GetBytes(key + '\n'));
        _lines.Add(key, line);
        if (isFree)
        {
            _free.Pop();
        }
    }

    public void Remove(string key)
    {
        if (_lines.TryGetValue(key, out var line))
        {
            Write(line, Blank);
            _lines.Remove(key);
            _free.Push(line);
        }
    }

    public void Dispose() => _file.Dispose();

    private void Write(int line, byte[] bytes)
    {
        if (bytes.Length != LineLength)
        {
            throw new ArgumentException(
                $"The key has {bytes.Length - 1} characters instead of {KeyLength}.", nameof(bytes));
        }

        RandomAccess.Write(_file.SafeFileHandle, bytes, (long)line * LineLength);
    }
}
