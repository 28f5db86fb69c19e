using System.Globalization;

namespace ServerlessMme.Core.Memory;

/// <summary>
/// Reads what counts against this process's memory limit: its control group's, or without one the machine's. A read
/// takes some tens of microseconds. Thread-safe.
/// </summary>
public sealed class SystemMemory
{
    private const string Stat = "memory.stat";
    private readonly string _proc;
    private readonly string _root;

    public SystemMemory()
        : this("/proc", ControlGroup.Root)
    {
    }

    /// <param name="proc">Where <c>self/cgroup</c>, <c>meminfo</c> and <c>pressure/memory</c> are.</param>
    /// <param name="root">Where the groups' hierarchies are mounted.</param>
    internal SystemMemory(string proc, string root)
    {
        _proc = proc;
        _root = root;
    }

    /// <summary>
    /// The use under the limit that leaves the least memory; null where the system doesn't say, as outside Linux.
    /// </summary>
    public MemoryUse? Read()
    {
        try
        {
            if (ReadMachine() is not { } machine)
            {
                return null;
            }

            MemoryUse? tightest = null;
            foreach (var group in Groups())
            {
                if (group.LimitBytes is { } limit && limit < machine.LimitBytes && ReadGroup(group, limit) is { } use
                    && !(Left(use) >= Left(tightest)))
                {
                    tightest = use;
                }
            }

            return tightest ?? machine;
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

    private static MemoryUse? ReadGroup(ControlGroup group, long limit)
    {
        if (ReadFields(Path.Combine(group.Folder, Stat)) is not { } stat)
        {
            return null;
        }

        // Version 1 doesn't say what it takes itself: that is what the processes and the files don't.
        return group.IsVersion1
            ? new MemoryUse(limit, Of("total_rss"), Of("total_mapped_file"), Of("total_shmem") + Math.Max(
                0, (group.Read("memory.usage_in_bytes") ?? 0) - Of("total_rss") - Of("total_cache")))
            : new MemoryUse(limit, Of("anon"), Of("file_mapped"), Of("shmem") + KernelBytes(),
                ReadPressure(Path.Combine(group.Folder, "memory.pressure")));

        long Of(string name) => stat.GetValueOrDefault(name);

        // Kernels before 5.18 don't sum it up.
        long KernelBytes() => stat.TryGetValue("kernel", out var kernel)
            ? Math.Max(0, kernel - Of("slab_reclaimable"))
            : Of("slab_unreclaimable") + Of("kernel_stack") + Of("pagetables") + Of("percpu") + Of("sock");
    }

    private MemoryUse? ReadMachine()
    {
        if (ReadFields(Path.Combine(_proc, "meminfo")) is not { } info
            || !info.TryGetValue("MemTotal:", out var total))
        {
            return null;
        }

        var other = Of("SUnreclaim:") + Of("KernelStack:") + Of("PageTables:") + Of("Shmem:");
        return new MemoryUse(total << 10, Of("AnonPages:"), Of("Mapped:"), other,
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
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
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
            return line is not null && double.TryParse(line.AsSpan(Ten.Length..line.IndexOf(' ', Ten.Length)),
                NumberStyles.Float, CultureInfo.InvariantCulture, out var percent)
                ? percent
                : null;
        }
        catch (IOException)
        {
            // Where the kernel was started without it, the file is there and can't be read.
            return null;
        }
    }
}
