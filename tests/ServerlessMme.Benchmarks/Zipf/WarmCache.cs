using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>The product's cache over the tensor store, as a worker has it after a restart: on disk, nothing loaded.</summary>
internal sealed class WarmCache : IModelCatalog, IDisposable
{
    private readonly ZipfOptions _options;
    private readonly FleetFile _file;
    private readonly Meters _meters = new();
    private readonly string _manifestPath;

    public WarmCache(ZipfOptions options)
    {
        _options = options;
        _file = FleetFile.Open(options.Folder);
        _manifestPath = Path.Combine(options.Folder, "model.json");
        File.WriteAllText(_manifestPath, """
            {"labels":["a","b","c","d","e","f","g","h","i","j"],"input":{"width":32,"height":32}}
            """);
    }

    /// <summary>Puts every model into the store: their first use, which is not part of the comparison.</summary>
    public async Task AddAsync()
    {
        using var factory = NewFactory();
        using var cache = NewCache(factory, long.MaxValue);
        for (var model = 0; model < _options.Models; model++)
        {
            _file.Become(model);
            using var acquired = await cache.AcquireAsync(Name(model), null, CancellationToken.None);
        }
    }

    public async Task<ZipfFigures> RunAsync()
    {
        using var factory = NewFactory();
        using var cache = NewCache(factory, (long)_options.BudgetMiB << 20);
        var evictions = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "ModelEvictions")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref evictions, (int)value));
        listener.Start();
        using var image = new EncodedImage(
            new ImageReference(null, "noise", null, 0), ArrayPool<byte>.Shared.Rent(1), 0);
        TensorBatch? tensors = null;
        var record = new ZipfRecord(_options.Requests);
        foreach (var model in _options.Demand())
        {
            var name = Name(model);
            var started = Stopwatch.GetTimestamp();
            var acquiring = cache.AcquireAsync(name, null, CancellationToken.None);
            var hit = acquiring.IsCompleted;
            using (var acquired = await acquiring)
            {
                var loaded = acquired.Lease!.Model;
                tensors ??= Noise(loaded.Manifest.Input);
                var scores = await loaded.Backend.ScoreAsync(new ImageBatch([image], tensors), CancellationToken.None);
                _ = scores[0].Value;
            }

            record.Add(hit, ProcessMemory.Milliseconds(started));
        }

        var figures = record.ToFigures(evictions, cache.Snapshot().Models.Count);
        tensors?.Dispose();
        return figures;
    }

    public async IAsyncEnumerable<ModelDescriptor> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) =>
        Task.FromResult<ModelDescriptor?>(new ModelDescriptor(name, "1", new FileInfo(_file.OnnxPath).Length));

    public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<ModelFiles>>(
            new ModelFiles(_manifestPath, _file.OnnxPath, $"sha256:{descriptor.Name}"));

    public void Dispose() => _meters.Dispose();

    private static ModelName Name(int model) => ModelName.Parse($"model-{model}").Value;

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

    private OnnxBackendFactory NewFactory() => new(new OnnxOptions
    {
        StorePath = Path.Combine(_options.Folder, "store"),
        StoreMaxBytes = long.MaxValue,
    });

    private ModelCache NewCache(OnnxBackendFactory factory, long budget) => new(this, new ModelLoader(this, [factory]),
        Options.Create(new ModelCacheOptions { BudgetBytes = budget, RefreshAfter = TimeSpan.FromHours(1) }),
        TimeProvider.System, _meters, NullLogger<ModelCache>.Instance);
}
