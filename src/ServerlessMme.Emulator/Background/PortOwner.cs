using System.Globalization;

namespace ServerlessMme.Emulator.Background;

/// <summary>The process that listens on a port. Available only on Linux.</summary>
internal sealed record PortOwner(int ProcessId, string Name)
{
    private const string Listening = "0A";

    private static readonly string[] Tables = ["/proc/net/tcp", "/proc/net/tcp6"];

    // Columns in the tables.
    private const int LocalAddress = 1;
    private const int State = 3;
    private const int Inode = 9;

    /// <summary>Returns the process; null if no process uses the port, or if another user owns it.</summary>
    public static PortOwner? Find(int port)
    {
        var sockets = Tables.Where(File.Exists).SelectMany(File.ReadLines)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > Inode && columns[State] == Listening
                && columns[LocalAddress].EndsWith($":{port:X4}", StringComparison.Ordinal))
            .Select(columns => $"socket:[{columns[Inode]}]").ToHashSet(StringComparer.Ordinal);
        return Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && Has(id, sockets))
            .Select(id => new PortOwner(id, NameOf(id))).FirstOrDefault();
    }

    private static bool Has(int processId, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd")
                .Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has exited, or belongs to another user.
            return false;
        }
    }

    private static string NameOf(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/comm").Trim();
        }
        catch (IOException)
        {
            return "ended just now";
        }
    }
}
