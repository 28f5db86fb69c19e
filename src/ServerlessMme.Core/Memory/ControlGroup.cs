using System.Globalization;

namespace ServerlessMme.Core.Memory;

/// <summary>A control group that limits this process's memory, version 1 or 2.</summary>
/// <param name="Folder">The folder with the group's files.</param>
internal readonly record struct ControlGroup(string Folder, bool IsVersion1)
{
    /// <summary>The folder where control group hierarchies are mounted.</summary>
    public const string Root = "/sys/fs/cgroup";

    /// <summary>The file that lists the process's groups.</summary>
    public const string Groups = "/proc/self/cgroup";

    /// <summary>
    /// The limit for all of its processes together, in bytes; null for no limit. Version 2's high mark counts too:
    /// above it, processes keep running, but the system throttles them.
    /// </summary>
    public long? LimitBytes => IsVersion1
        ? Read("memory.limit_in_bytes")
        : new[] { Read("memory.max"), Read("memory.high") }.Min();

    /// <summary>
    /// Lists the process's own group and its ancestors, from the inside out. In a container, the process's own group is
    /// the root that it sees, so some groups may have no files.
    /// </summary>
    /// <param name="groups">The file that lists the process's groups. See <see cref="Groups"/>.</param>
    /// <param name="root">The folder where hierarchies are mounted. See <see cref="Root"/>.</param>
    /// <exception cref="IOException">The list can't be read.</exception>
    public static IEnumerable<ControlGroup> Find(string groups, string root) => File.ReadLines(groups)
        .Select(line => line.Split(':', 3))
        .Where(parts => parts.Length == 3)
        .SelectMany(parts => Find(parts[1], parts[2], root));

    /// <summary>Reads the number in a file. Returns null if the file contains none ("max") or doesn't exist.</summary>
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
