using System.Globalization;

namespace ServerlessMme.Core.Memory;

/// <summary>
/// Reads what counts against this process's memory limit: its control group's, without one the machine's, or the
/// limit that it sets itself. A read takes some tens of microseconds. Thread-safe.
/// </summary>
public sealed class SystemMemory
{
    private const string Stat = "memory.stat";
    private readonly string _proc;
    private readonly string _root;
    private readonly long _limitBytes;

    /// <param name="limitBytes">What this process may take alone.</param>
    public SystemMemory(long limitBytes = long.MaxValue)
        : this("/proc", ControlGroup.Root, limitBytes)
    {
    }

    /// <param name="proc">
    /// Where <c>self/cgroup</c>, <c>self/status</c>, <c>meminfo</c> and <c>pressure/memory</c> are.
    /// </param>
    /// <param name="root">Where the groups' hierarchies are mounted.</param>
    internal SystemMemory(string proc, string root, long limitBytes = long.MaxValue)
    {
        _proc = proc;
        _root = root;
        _limitBytes = limitBytes;
    }

    /// <summary>
    /// The use under the limit that leaves the least memory; null where the system doesn't say, as outside Linux.
    /// </summary>
    public MemoryUse? Read()
    {
        try
        {
            var own = ReadOwn();
            if (ReadMachine(own) is not { } machine)
            {
                return null;
            }

            MemoryUse? tightest = null;
            foreach (var group in Groups())
            {
                if (group.LimitBytes is { } limit && limit < machine.LimitBytes
                    && ReadGroup(group, limit, own) is { } use && !(Left(use) >= Left(tightest)))
                {
                    tightest = use;
                }
            }

            var shared = tightest ?? machine;
            return _limitBytes < shared.LimitBytes && own is { } alone && Left(alone) < Left(shared)
                ? alone with { Pressure = shared.Pressure }
                : shared;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? Left(MemoryUse? use) => use?.MappableBytes - use?.MappedBytes;

    private IEnumerable<ControlGroup> Groups()
    {
        var groups = Path.Combine(_proc, "self/cgroup");
        return File.Exists(groups) ? ControlGroup.Find(groups, _root) : [];
    }

    /// <summary>What this process takes alone; null where the system doesn't say.</summary>
    private MemoryUse? ReadOwn()
    {
        if (ReadFields(Path.Combine(_proc, "self/status")) is not { } status)
        {
            return null;
        }

        return new MemoryUse(_limitBytes, Of("RssAnon:"), Of("RssFile:"), Of("RssShmem:"));

        // In KiB.
        long Of(string name) => status.GetValueOrDefault(name) << 10;
    }

    /// <summary>
    /// Mapped pages without shared memory, which is among what else is taken. How much of it others have mapped, the
    /// system doesn't say: that counts twice, so it is dropped too early rather than too late.
    /// </summary>
    private static long WithoutShared(long mapped, long shared, MemoryUse? own) =>
        mapped - Math.Min(mapped, Math.Min(shared, own?.OtherBytes ?? 0));

    private static MemoryUse? ReadGroup(ControlGroup group, long limit, MemoryUse? own)
    {
        if (ReadFields(Path.Combine(group.Folder, Stat)) is not { } stat)
        {
            return null;
        }

        // Version 1 doesn't say what it takes itself: that is what the processes and the files don't.
        return group.IsVersion1
            ? new MemoryUse(limit, Of("total_rss"),
                WithoutShared(Of("total_mapped_file"), Of("total_shmem"), own),
                Of("total_shmem") + Math.Max(
                    0, (group.Read("memory.usage_in_bytes") ?? 0) - Of("total_rss") - Of("total_cache")))
            : new MemoryUse(limit, Of("anon"), WithoutShared(Of("file_mapped"), Of("shmem"), own),
                Of("shmem") + Of("sock") + KernelBytes(),
                ReadPressure(Path.Combine(group.Folder, "memory.pressure")));

        long Of(string name) => stat.GetValueOrDefault(name);

        // Kernels before 5.18 don't sum it up.
        long KernelBytes() => stat.TryGetValue("kernel", out var kernel)
            ? Math.Max(0, kernel - Of("slab_reclaimable"))
            : Of("slab_unreclaimable") + Of("kernel_stack") + Of("pagetables") + Of("percpu");
    }

    private MemoryUse? ReadMachine(MemoryUse? own)
    {
        if (ReadFields(Path.Combine(_proc, "meminfo")) is not { } info
            || !info.TryGetValue("MemTotal:", out var total))
        {
            return null;
        }

        var other = Of("SUnreclaim:") + Of("KernelStack:") + Of("PageTables:") + Of("Shmem:");
        return new MemoryUse(total << 10, Of("AnonPages:"), WithoutShared(Of("Mapped:"), Of("Shmem:"), own), other,
            ReadPressure(Path.Combine(_proc, "pressure/memory")));

        // In KiB.
        long Of(string name) => info.GetValueOrDefault(name) << 10;
    }

    /// <summary>The lines of a file that begin with a name and a number; null when it isn't there.</summary>
    private static Dictionary<string, long>? ReadFields(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var fields = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path))
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1
                && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                fields[words[0]] = number;
            }
        }

        return fields;
    }

    /// <summary>As the line "some avg10=1.50 avg60=0.30 avg300=0.10 total=12345" says.</summary>
    private static double? ReadPressure(string path)
    {
        const string Ten = "some avg10=";
        try
        {
            var line = File.Exists(path)
                ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith(Ten, StringComparison.Ordinal))
                : null;
            return line is not null && double.TryParse(
                line[Ten.Length..].Split(' ')[0], CultureInfo.InvariantCulture, out var percent)
                ? percent
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file is there also where the kernel was started without it, or the container may not read it.
            return null;
        }
    }
}
