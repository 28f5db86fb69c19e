using System.Globalization;

namespace ServerlessMme.Core.Memory;

/// <summary>A control group that bounds this process's memory, version 1 or 2.</summary>
/// <param name="Folder">Where its files are.</param>
internal readonly record struct ControlGroup(string Folder, bool IsVersion1)
{
    /// <summary>Where the groups' hierarchies are mounted.</summary>
    public const string Root = "/sys/fs/cgroup";

    /// <summary>Lists the process's groups.</summary>
    public const string Groups = "/proc/self/cgroup";

    /// <summary>
    /// The most that its processes may take together, in bytes; null for no limit. Above version 2's high mark they may
    /// go on, but the system slows them down until they are below it.
    /// </summary>
    public long? LimitBytes => IsVersion1
        ? Read("memory.limit_in_bytes")
        : new[] { Read("memory.max"), Read("memory.high") }.Min();

    /// <summary>
    /// The process's own group and those above it, from the inside out. In a container, its own group is the root of
    /// what it sees, so some of them may have no files.
    /// </summary>
    /// <param name="groups">As <see cref="Groups"/>.</param>
    /// <param name="root">As <see cref="Root"/>.</param>
    /// <exception cref="IOException">The list can't be read.</exception>
    public static IEnumerable<ControlGroup> Find(string groups, string root) => File.ReadLines(groups)
        .Select(line => line.Split(':', 3))
        .Where(parts => parts.Length == 3)
        .SelectMany(parts => Find(parts[1], parts[2], root));

    /// <summary>The number in a file; null when it has none ("max"), or isn't there.</summary>
    public long? Read(string file)
    {
        var path = Path.Combine(Folder, file);
        return File.Exists(path)
            && long.TryParse(File.ReadAllText(path), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
    }

    private static IEnumerable<ControlGroup> Find(string controllers, string path, string root)
    {
        // Version 2 has one hierarchy and names no controllers.
        var isVersion1 = controllers.Length > 0;
        if (isVersion1 && !controllers.Split(',').Contains("memory"))
        {
            yield break;
        }

        var hierarchy = isVersion1 ? Path.Combine(root, "memory") : root;
        for (var group = path.TrimEnd('/'); ; group = group[..group.LastIndexOf('/')])
        {
            yield return new ControlGroup(hierarchy + group, isVersion1);
            if (group.Length == 0)
            {
                yield break;
            }
        }
    }
}
