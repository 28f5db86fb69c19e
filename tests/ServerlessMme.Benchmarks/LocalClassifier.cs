using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Imaging;
using ServerlessMme.Onnx;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Benchmarks;

/// <summary>The classifier as the worker has it, on models of the benchmark's choice.</summary>
internal sealed class LocalClassifier : IDisposable
{
    private readonly OnnxBackendFactory _onnx;
    private readonly Meters _meters = new();

    /// <param name="root">The working tree, whose models it has.</param>
    /// <param name="store">Folder of the tensor store.</param>
    /// <param name="plan">The memory that it may take; null for more than it needs.</param>
    public LocalClassifier(string root, string store, MemoryPlan? plan = null)
        : this(new FolderModelCatalog(Path.Combine(root, "models")), store,
            plan ?? AmpleMemory.Plan(), backends => backends)
    {
    }

    /// <param name="store">Folder of the tensor store.</param>
    /// <param name="plan">The memory that it may take.</param>
    /// <param name="observe">Wraps what makes the backends.</param>
    public LocalClassifier(
        IModelCatalog catalog, string store, MemoryPlan plan, Func<IBackendFactory, IBackendFactory> observe)
    {
        var memory = new WorkingMemory(plan);
        _onnx = new OnnxBackendFactory(
            new OnnxOptions { StorePath = store }, TimeProvider.System, NullLogger<OnnxBackendFactory>.Instance);
        Cache = new ModelCache(
            catalog,
            new ModelLoader(catalog, [observe(_onnx)]),
            Options.Create(new ModelCacheOptions { BudgetBytes = plan.ModelBytes }),
            TimeProvider.System,
            _meters,
            NullLogger<ModelCache>.Instance);
        Classifier = new BatchClassifier(
            Cache,
            new ImagePreprocessor(new ImagingOptions(), memory.Decoding),
            memory,
            Options.Create(new PipelineOptions()),
            TimeProvider.System);
    }

    public ModelCache Cache { get; }

    public BatchClassifier Classifier { get; }

    public void Dispose()
    {
        Cache.Dispose();
        _onnx.Dispose();
        _meters.Dispose();
    }
}
