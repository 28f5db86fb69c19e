using Mono.Cecil;

namespace ServerlessMme.Architecture.Tests.Checking;

/// <summary>Finds namespaces of one project that use each other, directly or through further namespaces.</summary>
internal static class FolderCycles
{
    /// <summary>
    /// Every cycle as text, shortest first; an edge that belongs to several cycles is only reported in its shortest.
    /// </summary>
    /// <param name="root">The project's root namespace, which is a folder like each namespace below it.</param>
    public static IReadOnlyList<string> Find(ModuleDefinition module, string root)
    {
        // One use speaks for all of an edge. Top-level statements have no namespace and are in the root folder.
        var edges = new SortedDictionary<(string From, string To), TypeUse>();
        foreach (var use in AssemblyUses.Read(module).Where(use => use.Used.Scope == module))
        {
            if (FolderOf(use.User, root) is { } from && FolderOf(use.Used, root) is { } to && from != to)
            {
                edges.TryAdd((from, to), use);
            }
        }

        var uses = edges.Keys.ToLookup(edge => edge.From, edge => edge.To);
        return
        [
            .. edges.Keys.Select(edge => Shortest(edge.From, edge.To, uses))
                .OfType<string[]>()
                .DistinctBy(cycle => string.Join(' ', cycle))
                .OrderBy(cycle => cycle.Length)
                .Select(cycle => Describe(cycle, edges)),
        ];
    }

    private static string? FolderOf(TypeReference type, string root) => type.Namespace switch
    {
        "" when !type.Name.StartsWith('<') => root,
        var name when name == root || name.StartsWith($"{root}.", StringComparison.Ordinal) => name,
        _ => null,
    };

    // The way back from an edge's end to its start, breadth first; null when there is none.
    private static string[]? Shortest(string from, string to, ILookup<string, string> uses)
    {
        var ways = new Queue<string[]>([[from, to]]);
        var seen = new HashSet<string> { to };
        while (ways.TryDequeue(out var way))
        {
            if (way[^1] == from)
            {
                return Rotated(way[..^1]);
            }

            foreach (var next in uses[way[^1]].Where(seen.Add))
            {
                ways.Enqueue([.. way, next]);
            }
        }

        return null;
    }

    private static string[] Rotated(string[] cycle)
    {
        var first = Array.IndexOf(cycle, cycle.Min(StringComparer.Ordinal));
        return [.. cycle[first..], .. cycle[..first]];
    }

    private static string Describe(string[] cycle, SortedDictionary<(string From, string To), TypeUse> edges)
    {
        string[] closed = [.. cycle, cycle[0]];
        var steps = closed.Zip(closed.Skip(1))
            .Select(edge => $"\n  {edge.First} -> {edge.Second}: {edges[(edge.First, edge.Second)]}");
        return string.Join(" -> ", closed) + string.Concat(steps);
    }
}
