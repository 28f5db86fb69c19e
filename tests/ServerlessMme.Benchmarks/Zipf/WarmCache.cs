using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>The product's cache over the tensor store, as a worker has it after a restart: on disk, nothing loaded.</summary>
internal sealed class WarmCache : IModelCatalog, IDisposable
{
    private readonly ZipfOptions _options;
    private readonly ZipfModels _models;
    private readonly Meters _meters = new();
    private readonly OnnxBackendFactory _factory;
    private readonly ModelCache _cache;
    private readonly EncodedImage _image = new(
        new ImageReference(null, "noise", null, 0), ArrayPool<byte>.Shared.Rent(1), 0);
    private TensorBatch? _tensors;

    private WarmCache(ZipfOptions options, long budget, long limit)
    {
        _options = options;
        _models = new ZipfModels(options);
        _factory = new OnnxBackendFactory(
            new OnnxOptions { StorePath = Path.Combine(options.Folder, "store"), StoreMaxBytes = long.MaxValue },
            limitBytes: limit);
        _cache = new ModelCache(this, new ModelLoader(this, [_factory]),
            Options.Create(new ModelCacheOptions { BudgetBytes = budget, RefreshAfter = TimeSpan.FromHours(1) }),
            TimeProvider.System, _meters, NullLogger<ModelCache>.Instance);
    }

    /// <summary>Models in memory, and what the cache counts for them and may count, in bytes.</summary>
    public ModelCacheStatus Status => _cache.Snapshot();

    /// <summary>A cache with the budget of the options, or under a limit with that of a worker's memory plan.</summary>
    public static WarmCache Create(ZipfOptions options)
    {
        if (options.LimitMiB == 0)
        {
            return new WarmCache(options, (long)options.BudgetMiB << 20, long.MaxValue);
        }

        var plan = MemoryPlan.Create(new MemoryOptions(), 0, new ImageOptions().ReadingBytes);
        if (plan.LimitBytes != (long)options.LimitMiB << 20 || plan.FindProblem() is not null)
        {
            throw new InvalidOperationException(
                plan.FindProblem() ?? $"The process should see a limit of {options.LimitMiB} MiB, but sees {plan}.");
        }

        Console.Error.WriteLine($"Memory: {plan}");
        HeapLimit.Set(plan);
        return new WarmCache(options, plan.ModelBytes, plan.LimitBytes);
    }

    /// <summary>Puts every model into the store: their first use, which is not part of the comparison.</summary>
    public static async Task AddAsync(ZipfOptions options)
    {
        using var cache = new WarmCache(options, 1L << 30, long.MaxValue);
        var parallel = new ParallelOptions
        {
            // Models that share one file take turns.
            MaxDegreeOfParallelism = options.HasOwnFiles ? Environment.ProcessorCount : 1,
        };
        await Parallel.ForAsync(0, options.Models, parallel, async (model, cancellationToken) =>
        {
            cache._models.Prepare(model);
            using var acquired = await cache._cache.AcquireAsync(Name(model), null, cancellationToken);
            Require(acquired);
        });
        for (var model = 0; options is { HasOwnFiles: true, IsAllWarm: false } && model < options.Models; model++)
        {
            // Models are cut where they turn out to part from others, which the first run after that does.
            await cache.ScoreAsync(model);
        }
    }

    /// <summary>Asks for the models that the options demand.</summary>
    public async Task<ZipfFigures> RunAsync()
    {
        using var evictions = new Evictions();
        var record = new ZipfRecord(_options.Requests);
        foreach (var model in _options.Demand())
        {
            var started = Stopwatch.GetTimestamp();
            var hit = await ScoreAsync(model);
            record.Add(hit, ProcessMemory.Milliseconds(started));
        }

        return record.ToFigures(evictions.Count, Status.Models.Count);
    }

    /// <summary>Classifies an image; true when the model was loaded, and its pages in memory.</summary>
    public async Task<bool> ScoreAsync(int model)
    {
        using var acquired = await _cache.AcquireAsync(Name(model), null, CancellationToken.None);
        var loaded = Require(acquired);
        _tensors ??= Noise(loaded.Manifest.Input);
        var scores = await loaded.Backend.ScoreAsync(new ImageBatch([_image], _tensors), CancellationToken.None);
        _ = scores[0].Value;
        return acquired.IsHit;
    }

    public async IAsyncEnumerable<ModelDescriptor> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) =>
        Task.FromResult<ModelDescriptor?>(new ModelDescriptor(name, "1", _models.Bytes));

    public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<ModelFiles>>(new ModelFiles(
            _models.ManifestPath, _models.PathOf(Number(descriptor.Name)), $"sha256:{descriptor.Name}"));

    public void Dispose()
    {
        _tensors?.Dispose();
        _image.Dispose();
        _cache.Dispose();
        _factory.Dispose();
        _meters.Dispose();
    }

    private static ModelName Name(int model) => ModelName.Parse($"model-{model}").Value;

    private static int Number(ModelName name) => int.Parse(name.Value["model-".Length..], CultureInfo.InvariantCulture);

    private static LoadedModel Require(AcquiredModel acquired) => acquired.Lease?.Model
        ?? throw new InvalidOperationException(acquired.Refusal?.Message);

    private static TensorBatch Noise(InputSpec input)
    {
        var tensors = new TensorBatch(input, 1);
        var random = new Random(3);
        foreach (ref var value in MemoryMarshal.Cast<byte, float>(tensors.Row(0)))
        {
            value = random.NextSingle();
        }

        return tensors;
    }
}
