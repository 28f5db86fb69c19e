using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Imaging;
using ServerlessMme.Onnx;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Benchmarks;

/// <summary>The classifier as the worker has it, on the models of the working tree.</summary>
internal sealed class LocalClassifier : IDisposable
{
    private readonly OnnxBackendFactory _onnx;
    private readonly Meters _meters = new();
    private readonly ModelCache _cache;

    /// <param name="root">The working tree.</param>
    /// <param name="store">Folder of the tensor store.</param>
    /// <param name="plan">The memory that it may take; null for more than it needs.</param>
    public LocalClassifier(string root, string store, MemoryPlan? plan = null)
    {
        plan ??= AmpleMemory.Plan();
        var memory = new WorkingMemory(plan);
        _onnx = new OnnxBackendFactory(
            new OnnxOptions { StorePath = store }, TimeProvider.System, NullLogger<OnnxBackendFactory>.Instance);
        var catalog = new FolderModelCatalog(Path.Combine(root, "models"));
        _cache = new ModelCache(
            catalog,
            new ModelLoader(catalog, [(IBackendFactory)_onnx]),
            Options.Create(new ModelCacheOptions { BudgetBytes = plan.ModelBytes }),
            TimeProvider.System,
            _meters,
            NullLogger<ModelCache>.Instance);
        Classifier = new BatchClassifier(
            _cache,
            new ImagePreprocessor(new ImagingOptions(), memory.Decoding),
            memory,
            Options.Create(new PipelineOptions()),
            TimeProvider.System);
    }

    public BatchClassifier Classifier { get; }

    public void Dispose()
    {
        _cache.Dispose();
        _onnx.Dispose();
        _meters.Dispose();
    }
}
