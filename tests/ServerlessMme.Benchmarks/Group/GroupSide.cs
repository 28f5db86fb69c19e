using System.Diagnostics;
using System.Globalization;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>The app's own way from encoded images to the labels of a group.</summary>
internal sealed class GroupSide : IDisposable
{
    private readonly LocalClassifier _classifier;

    /// <param name="store">Folder of the tensor store.</param>
    /// <param name="observe">Wraps what makes the backends; null for nothing.</param>
    public GroupSide(
        MadeModels models, int count, string store, Func<IBackendFactory, IBackendFactory>? observe = null)
    {
        Catalog = new MadeCatalog(models, count);
        // Evicted models would be loaded again in the middle of a round.
        var plan = AmpleMemory.Plan() with { ModelBytes = 64L << 30 };
        _classifier = new LocalClassifier(Catalog, store, plan, observe ?? (backends => backends));
    }

    public MadeCatalog Catalog { get; }

    /// <summary>Loads every model once, one after the other.</summary>
    public async Task LoadAsync()
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var member in Catalog.Members)
        {
            using var acquired = await _classifier.Cache.AcquireAsync(member, null, CancellationToken.None);
            if (acquired.Refusal is { } refusal)
            {
                throw new InvalidOperationException(refusal.Message);
            }
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Catalog.Members.Count} models stored and loaded in {seconds:0} s"));
    }

    /// <summary>Milliseconds per image until the group's labels are written.</summary>
    public async Task<double> MillisecondsAsync(int members, byte[][] jpegs)
    {
        var sink = new CountingSink();
        // As many classes per answer as a manifest has that says nothing.
        var took = await RunAsync(MadeCatalog.GroupOf(members), jpegs, sink, top: null);
        return sink.Answers == jpegs.Length
            ? took / jpegs.Length
            : throw new InvalidOperationException($"{sink.Answers} of {jpegs.Length} images have an answer.");
    }

    /// <summary>Labels images, named by their number, with a group or a member; milliseconds.</summary>
    /// <param name="top">Classes per answer; null for the manifest's number.</param>
    public async Task<double> RunAsync(
        ModelName name, byte[][] jpegs, ILabelSink sink, int? top = MadeModels.Scores)
    {
        var request = new ClassifyRequest(
            name,
            [.. Enumerable.Range(0, jpegs.Length).Select(i => i.ToString(CultureInfo.InvariantCulture))],
            Version: (await Catalog.FindAsync(name, CancellationToken.None))!.Version,
            SkipLabeled: true,
            Top: top);
        var started = Stopwatch.GetTimestamp();
        await _classifier.Classifier.RunAsync(request, new MemorySource(jpegs), sink, null, CancellationToken.None);
        return ProcessMemory.Milliseconds(started);
    }

    public void Dispose() => _classifier.Dispose();
}
