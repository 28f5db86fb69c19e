using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Imaging;
using ServerlessMme.Onnx;

namespace ServerlessMme.Benchmarks.Archive;

/// <summary>The classifier as the worker has it, on the models of the working tree.</summary>
internal sealed class LocalClassifier : IDisposable
{
    private readonly OnnxBackendFactory _onnx;
    private readonly ModelCache _cache;

    /// <param name="root">The working tree.</param>
    /// <param name="store">Folder of the tensor store.</param>
    public LocalClassifier(string root, string store)
    {
        _onnx = new OnnxBackendFactory(
            new OnnxOptions { StorePath = store }, TimeProvider.System, NullLogger<OnnxBackendFactory>.Instance);
        var catalog = new FolderModelCatalog(Path.Combine(root, "models"));
        _cache = new ModelCache(
            catalog,
            new ModelLoader(catalog, [(IBackendFactory)_onnx]),
            Options.Create(new ModelCacheOptions()),
            TimeProvider.System,
            new Meters(),
            NullLogger<ModelCache>.Instance);
        Classifier = new BatchClassifier(
            _cache,
            new ImagePreprocessor(new ImagingOptions()),
            Options.Create(new PipelineOptions()),
            TimeProvider.System);
    }

    public BatchClassifier Classifier { get; }

    public void Dispose()
    {
        _cache.Dispose();
        _onnx.Dispose();
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
