using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Jobs;

/// <summary>The flow where no model is published: each image that is there is refused.</summary>
internal sealed class ClassifierWithoutModels : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ModelCache _cache;

    public ClassifierWithoutModels(StorageAccount account)
    {
        var catalog = new BlobModelCatalog(account, new ArtifactFolder(Options.Create(new ArtifactOptions())));
        _cache = new ModelCache(
            catalog,
            new ModelLoader(catalog, []),
            Options.Create(new ModelCacheOptions { BudgetBytes = 1 << 30 }),
            TimeProvider.System,
            _services.GetRequiredService<IMeterFactory>(),
            NullLogger<ModelCache>.Instance);
        Classifier = new BatchClassifier(
            _cache, new NoPreprocessor(), AmpleMemory.Create(), Options.Create(new PipelineOptions()), TimeProvider.System);
    }

    public BatchClassifier Classifier { get; }

    public void Dispose()
    {
        _cache.Dispose();
        _services.Dispose();
    }

    /// <summary>No image comes this far: there is no model.</summary>
    private sealed class NoPreprocessor : IImagePreprocessor
    {
        public ValueTask<Refusal?> FillAsync(
            EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
