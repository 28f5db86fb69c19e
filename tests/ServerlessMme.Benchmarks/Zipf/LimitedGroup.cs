using System.Diagnostics;
using ServerlessMme.Benchmarks.Memory;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>What processes of one side did in a memory control group of their own.</summary>
/// <param name="Figures">Those of the processes that were not killed.</param>
/// <param name="Killed">Processes that ended by signal 9.</param>
/// <param name="OomKills">What the group's own counter says.</param>
/// <param name="PeakMiB">The most that the group was charged with: private memory and file pages.</param>
/// <param name="Elapsed">From the first start to the last end.</param>
internal sealed record LimitedGroup<T>(
    IReadOnlyList<T> Figures, int Killed, int OomKills, double PeakMiB, TimeSpan Elapsed);

/// <summary>Runs child processes in a memory control group, with all files on disk and none in memory.</summary>
internal static class LimitedGroup
{
    private const string Name = "zipf";

    /// <summary>Why no group can be made, and what to do about it; null if one can.</summary>
    public static string? FindProblem(ZipfOptions options)
    {
        if (!MemoryGroup.TryCreate(Name, options.LimitMiB, out var group, out var problem))
        {
            return $"zipf --limit-mib needs a memory control group, but this system permits none: {problem} Run it as "
                + "root, where /sys/fs/cgroup can be written, or leave out --limit-mib.";
        }

        Console.Error.WriteLine($"zipf: {options.LimitMiB} MiB by cgroup version {(group.IsVersion1 ? 1 : 2)}");
        group.Dispose();
        return null;
    }

    /// <param name="processes">How many run at once.</param>
    /// <param name="patience">After this time each is killed; null for never.</param>
    public static LimitedGroup<T> Run<T>(
        string title, ZipfOptions options, int processes = 1, TimeSpan? patience = null)
    {
        PageCache.Drop(options.Folder);
        if (!MemoryGroup.TryCreate(Name, options.LimitMiB, out var group, out var problem))
        {
            throw new InvalidOperationException(problem);
        }

        using (group)
        {
            var children = new List<ChildProcess>();
            var started = Stopwatch.GetTimestamp();
            try
            {
                for (var worker = 0; worker < processes; worker++)
                {
                    var arguments = (options with { Worker = worker }).ToArguments().Prepend("zipf-child");
                    children.Add(new ChildProcess(title, arguments, group, patience));
                }

                var figures = new List<T>();
                foreach (var child in children)
                {
                    if (child.TryEnd<T>(out var ended))
                    {
                        figures.Add(ended!);
                    }
                }

                var ran = new LimitedGroup<T>(figures, processes - figures.Count, group.OomKills, group.PeakMiB,
                    Stopwatch.GetElapsedTime(started));
                Console.Error.WriteLine(
                    $"{title}: {ran.Elapsed.TotalSeconds:0.0} s, {ran.PeakMiB:0} MiB, {ran.Killed} killed");
                return ran;
            }
            finally
            {
                children.ForEach(child => child.Dispose());
            }
        }
    }
}
