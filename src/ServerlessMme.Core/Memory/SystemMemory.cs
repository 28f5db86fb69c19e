using System.Globalization;

namespace ServerlessMme.Core.Memory;

/// <summary>
/// Reads the memory use that counts against this process's limit, which comes from its control group, the machine or a
/// setting. A read takes some tens of microseconds. Thread-safe.
/// </summary>
public sealed class SystemMemory
{
    private const string Stat = "memory.stat";
    private readonly string _proc;
    private readonly string _root;
    private readonly long _limitBytes;

    /// <param name="limitBytes">Maximum memory of this process alone.</param>
    public SystemMemory(long limitBytes = long.MaxValue)
        : this("/proc", ControlGroup.Root, limitBytes)
    {
    }

    /// <param name="proc">
    /// The folder with <c>self/cgroup</c>, <c>self/status</c>, <c>meminfo</c> and <c>pressure/memory</c>.
    /// </param>
    /// <param name="root">The folder where control group hierarchies are mounted.</param>
    internal SystemMemory(string proc, string root, long limitBytes = long.MaxValue)
    {
        _proc = proc;
        _root = root;
        _limitBytes = limitBytes;
    }

    /// <summary>
    /// Returns the use under the limit that leaves the least memory; null if the system doesn't report it, as outside
    /// Linux.
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

    /// <summary>Returns the use of this process alone; null if the system doesn't report it.</summary>
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
    /// Returns the mapped pages without shared memory, which counts as other memory. The system doesn't report how much
    /// shared memory other processes have mapped, so that part counts twice, and pages are dropped too early rather
    /// than too late.
    /// </summary>
    private static long WithoutShared(long mapped, long shared, MemoryUse? own) =>
        mapped - Math.Min(mapped, Math.Min(shared, own?.OtherBytes ?? 0));

    private static MemoryUse? ReadGroup(ControlGroup group, long limit, MemoryUse? own)
    {
        if (ReadFields(Path.Combine(group.Folder, Stat)) is not { } stat)
        {
            return null;
        }

        // Version 1 doesn't report kernel memory, so it is the use that processes and files don't explain.
        return group.IsVersion1
            ? new MemoryUse(limit, Of("total_rss"),
                WithoutShared(Of("total_mapped_file"), Of("total_shmem"), own),
                Of("total_shmem") + Math.Max(
                    0, (group.Read("memory.usage_in_bytes") ?? 0) - Of("total_rss") - Of("total_cache")))
            : new MemoryUse(limit, Of("anon"), WithoutShared(Of("file_mapped"), Of("shmem"), own),
                Of("shmem") + Of("sock") + KernelBytes(),
                ReadPressure(Path.Combine(group.Folder, "memory.pressure")));

        long Of(string name) => stat.GetValueOrDefault(name);

        // Kernels before 5.18 don't report the sum.
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

    /// <summary>
    /// Reads the lines of a file that begin with a name and a number. Returns null if there is no file.
    /// </summary>
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

    /// <summary>Parses the line "some avg10=1.50 avg60=0.30 avg300=0.10 total=12345".</summary>
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
            // The file exists even if the kernel reports no pressure or the container may not read it.
            return null;
        }
    }
}
