using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ServerlessMme.Benchmarks.Memory;

/// <summary>
/// A memory control group of cgroup version 1 or 2. The system charges its processes for their own memory and for the
/// file pages that they are the first to read. Dispose it after they have ended.
/// </summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    private readonly string _path;

    private MemoryGroup(string path, bool isVersion1)
    {
        _path = path;
        IsVersion1 = isVersion1;
    }

    /// <summary>True for cgroup version 1, false for version 2.</summary>
    public bool IsVersion1 { get; }

    /// <summary>The most that the group was ever charged with, in MiB: private memory and file pages.</summary>
    public double PeakMiB => long.Parse(
        Read(IsVersion1 ? "memory.max_usage_in_bytes" : "memory.peak"), CultureInfo.InvariantCulture) / 1048576.0;

    /// <summary>Processes that the system killed because the group was out of memory.</summary>
    public int OomKills => Read(IsVersion1 ? "memory.oom_control" : "memory.events").Split('\n')
        .Select(line => line.Split(' '))
        .Where(parts => parts[0] == "oom_kill")
        .Sum(parts => int.Parse(parts[1], CultureInfo.InvariantCulture));

    /// <summary>Creates a group; false where the system doesn't permit it.</summary>
    /// <param name="name">The group's name, to which this process's id is added.</param>
    /// <param name="problem">Why there is none.</param>
    public static bool TryCreate(
        string name, int limitMiB, [NotNullWhen(true)] out MemoryGroup? group, [NotNullWhen(false)] out string? problem)
    {
        var isVersion1 = Directory.Exists($"{Root}/memory");
        var path = $"{Root}{(isVersion1 ? "/memory" : "")}/mme-{name}-{Environment.ProcessId}";
        (group, problem) = (null, null);
        try
        {
            Directory.CreateDirectory(path);
            group = new MemoryGroup(path, isVersion1);
            File.WriteAllText(
                $"{path}/{(isVersion1 ? "memory.limit_in_bytes" : "memory.max")}", $"{(long)limitMiB << 20}");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            group?.Dispose();
            (group, problem) = (null, exception.Message);
            return false;
        }
    }

    /// <summary>What starts a program in the group from its first instruction.</summary>
    public ProcessStartInfo Start(string program, IEnumerable<string> arguments) => new(
        "sh", ["-c", $"echo $$ > {_path}/cgroup.procs && exec \"$0\" \"$@\"", program, .. arguments]);

    public void Dispose() => Directory.Delete(_path);

    private string Read(string file) => File.ReadAllText($"{_path}/{file}");
}
