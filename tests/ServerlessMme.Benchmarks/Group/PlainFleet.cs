using System.Diagnostics;
using System.Globalization;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// One plain session per model, as many as memory holds. An image is decoded once for all of them. All cores are used,
/// in
/// the way that was fastest.
/// </summary>
internal sealed class PlainFleet : IDisposable
{
    private const int Trials = 5;

    // A large model's first trial takes minutes.
    private static readonly TimeSpan EnoughTrials = TimeSpan.FromMinutes(1);

    // The threads of idle sessions spin for a while after a run, so what's fastest with two sessions isn't with many.
    private const int TrialSessions = 8;
    private static readonly int[] Batches = [1, 4, 16];
    private readonly List<PlainSession> _sessions = [];
    private readonly MadeModels _models;
    private readonly int _count;

    /// <param name="count">Models that there are.</param>
    /// <param name="boundMiB">Private memory of the process above which no further session is opened.</param>
    public PlainFleet(MadeModels models, int count, IReadOnlyList<byte[]> jpegs, int boundMiB)
    {
        _models = models;
        _count = count;
        Best = FindBest(models, jpegs);
        using var tensors = new ImageTensors(models.Manifest.Input, [.. jpegs.Take(Best.Batch)]);
        do
        {
            models.Become(_sessions.Count);
            _sessions.Add(new PlainSession(models.OnnxPath, models.Size, Best.Threads));
            _sessions[^1].Run(tensors[0], tensors.Count);
            PrivateMiB = ProcessMemory.PrivateMiB();
        }
        while (_sessions.Count < count && PrivateMiB + (PrivateMiB / _sessions.Count) < boundMiB);
    }

    /// <summary>How runs are spread over the cores.</summary>
    /// <param name="Threads">Threads of one run; as many runs go on side by side as there are cores for.</param>
    /// <param name="Batch">Images of one run.</param>
    public sealed record Arrangement(int Threads, int Batch)
    {
        public int SideBySide => Math.Max(1, Environment.ProcessorCount / Threads);

        public override string ToString() =>
            $"{SideBySide} run(s) side by side, each with {Threads} thread(s) and up to {Batch} image(s)";
    }

    /// <summary>The fastest arrangement.</summary>
    public Arrangement Best { get; }

    /// <summary>Sessions that are open.</summary>
    public int Sessions => _sessions.Count;

    /// <summary>Private memory of the process with all of them.</summary>
    public double PrivateMiB { get; }

    /// <summary>
    /// Milliseconds per image for all models: measured over the first so many sessions, times the models for each
    /// session.
    /// </summary>
    /// <param name="models">Models of a smaller group; null for all.</param>
    public double Milliseconds(IReadOnlyList<byte[]> jpegs, int? models = null)
    {
        var asked = models ?? _count;
        var sessions = _sessions.Take(asked).ToList();
        var started = Stopwatch.GetTimestamp();
        using var tensors = new ImageTensors(_models.Manifest.Input, jpegs);
        var decoded = ProcessMemory.Milliseconds(started);
        Run(sessions, Best, tensors);
        var all = ProcessMemory.Milliseconds(started);
        return (decoded + ((all - decoded) * asked / sessions.Count)) / jpegs.Count;
    }

    public void Dispose() => _sessions.ForEach(session => session.Dispose());

    /// <summary>
    /// The arrangement with the fastest run of some, by turns, because other programs only slow runs down.
    /// </summary>
    private static Arrangement FindBest(MadeModels models, IReadOnlyList<byte[]> jpegs)
    {
        int[] threads = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        var sessions = threads.ToDictionary(each => each, _ => new List<PlainSession>());
        var tried = Math.Max(TrialSessions, Environment.ProcessorCount);
        for (var i = 0; i < tried; i++)
        {
            models.Become(i);
            foreach (var (each, list) in sessions)
            {
                list.Add(new PlainSession(models.OnnxPath, models.Size, each));
            }
        }

        using var tensors = new ImageTensors(
            models.Manifest.Input, [.. Enumerable.Range(0, Batches.Max()).Select(i => jpegs[i % jpegs.Count])]);
        var found = threads.SelectMany(each => Batches.Select(batch => new Arrangement(each, batch)))
            .ToDictionary(arrangement => arrangement, _ => double.MaxValue);
        var started = Stopwatch.StartNew();
        for (var trial = 0; trial < Trials && (trial == 0 || started.Elapsed < EnoughTrials); trial++)
        {
            foreach (var (arrangement, best) in found.ToList())
            {
                found[arrangement] = Math.Min(best, Run(sessions[arrangement.Threads], arrangement, tensors));
            }
        }

        foreach (var (arrangement, best) in found)
        {
            var each = best / tensors.Count / tried;
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"plain, {arrangement}: {each:0.000} ms per image and model"));
        }

        foreach (var session in sessions.Values.SelectMany(list => list))
        {
            session.Dispose();
        }

        return found.MinBy(each => each.Value).Key;
    }

    /// <summary>Every session scores every image; milliseconds.</summary>
    private static double Run(List<PlainSession> sessions, Arrangement arrangement, ImageTensors tensors)
    {
        var started = Stopwatch.GetTimestamp();
        var next = -1;
        var batches = (tensors.Count + arrangement.Batch - 1) / arrangement.Batch;
        var threads = Enumerable.Range(0, arrangement.SideBySide).Select(_ => new Thread(() =>
        {
            while (Interlocked.Increment(ref next) is var run && run < sessions.Count * batches)
            {
                var image = run % batches * arrangement.Batch;
                sessions[run / batches].Run(tensors[image], Math.Min(arrangement.Batch, tensors.Count - image));
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
#pragma warning disable RS0030 // The threads are the benchmark's own.
        threads.ForEach(thread => thread.Join());
#pragma warning restore RS0030
        return ProcessMemory.Milliseconds(started);
    }
}
