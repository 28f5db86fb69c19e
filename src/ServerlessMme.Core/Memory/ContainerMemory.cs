using System.Globalization;

namespace ServerlessMme.Core.Memory;

/// <summary>The memory that the system lets this process use: its control group's limit, or the machine's.</summary>
internal static class ContainerMemory
{
    /// <summary>Returns the number of bytes, and whether a control group limits it.</summary>
    public static (long Bytes, bool IsContainer) Find()
    {
        var machine = MachineBytes();
        return FindLimit(ControlGroup.Groups, ControlGroup.Root) is { } limit && limit < machine
            ? (limit, true)
            : (machine, false);
    }

    /// <summary>
    /// Returns the smallest limit of the process's control group and its ancestors, versions 1 and 2; null if there is
    /// none. Skips groups that the process can't see: in a container, its own group is the root that it sees.
    /// </summary>
    /// <param name="groups">The file that lists the process's groups.</param>
    /// <param name="root">The folder where the groups' hierarchies are mounted.</param>
    internal static long? FindLimit(string groups, string root)
    {
        try
        {
            return ControlGroup.Find(groups, root).Min(group => group.LimitBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // In a container, .NET's own figure is three quarters of the limit.
    private static long MachineBytes()
    {
        const string Total = "MemTotal:";
        var line = OperatingSystem.IsLinux() ? File.ReadLines("/proc/meminfo").FirstOrDefault(IsTotal) : null;
        return line is null
            ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
            : 1024 * long.Parse(line.AsSpan(Total.Length).Trim(" kB"), NumberStyles.None, CultureInfo.InvariantCulture);

        static bool IsTotal(string line) => line.StartsWith(Total, StringComparison.Ordinal);
    }
}
