using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Processing;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Core.Review;
using ServerlessMme.Core.Truth;
using ServerlessMme.Imaging;
using ServerlessMme.Onnx;
using ServerlessMme.SageMaker;
using ServerlessMme.SageMaker.Settings;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Archives;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Models;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Storage.Truth;

namespace ServerlessMme.Hosting;

/// <summary>Registers the services that the hosts share.</summary>
public static class MmeServices
{
    /// <summary>Adds models, backends and the classifier, without storage. The caller adds a catalog.</summary>
    public static IServiceCollection AddClassifier(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMmeOptions<MemoryOptions>(configuration, "Mme:Memory");
        services.AddMmeOptions<ModelCacheOptions>(configuration, "Mme:Models")
            .PostConfigure<IOptions<MemoryOptions>, IOptions<ImageOptions>>((models, memory, images) =>
                models.BudgetBytes = MemoryPlanValidator.Plan(memory, images, models).ModelBytes);
        services.AddSingleton<IValidateOptions<ModelCacheOptions>, MemoryPlanValidator>();
        services.AddSingleton(provider => MemoryPlanValidator.Plan(
            provider.GetRequiredService<IOptions<MemoryOptions>>(),
            provider.GetRequiredService<IOptions<ImageOptions>>(),
            provider.GetRequiredService<IOptions<ModelCacheOptions>>().Value));
        services.AddSingleton<WorkingMemory>();
        services.AddMmeOptions<ArtifactOptions>(configuration, "Mme:Artifacts");
        services.AddMmeOptions<ImageOptions>(configuration, "Mme:Images");
        services.AddMmeOptions<ImagingOptions>(configuration, "Mme:Images");
        services.AddMmeOptions<PipelineOptions>(configuration, "Mme:Pipeline");
        services.AddMmeOptions<OnnxOptions>(configuration, "Mme:Onnx")
            .PostConfigure<IOptions<ArtifactOptions>>((onnx, artifacts) =>
                onnx.StorePath ??= Path.Combine(artifacts.Value.Folder, "tensors"));
        services.AddMmeOptions<SageMakerOptions>(configuration, "Mme:SageMaker");
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IImagePreprocessor>(provider =>
            new ImagePreprocessor(
                provider.GetRequiredService<IOptions<ImagingOptions>>().Value,
                provider.GetRequiredService<WorkingMemory>().Decoding));
        services.AddSingleton<IBackendFactory>(provider =>
            new OnnxBackendFactory(
                provider.GetRequiredService<IOptions<OnnxOptions>>().Value,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<OnnxBackendFactory>>(),
                provider.GetRequiredService<MemoryPlan>().LimitBytes));
        services.AddSingleton<IBackendFactory>(provider => new SageMakerBackendFactory(
            provider.GetRequiredService<IOptions<SageMakerOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<ModelCache>();
        services.AddSingleton<BatchClassifier>();
        return services;
    }

    /// <summary>
    /// Adds storage, with everything that reads and writes it: queues, jobs, archives, sweeps, re-scoring and drift.
    /// Requires <see cref="AddClassifier"/>.
    /// </summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMmeOptions<StorageOptions>(configuration, "Mme:Storage");
        services.AddMmeOptions<QueueOptions>(configuration, "Mme:Queue");
        services.AddMmeOptions<BatchOptions>(configuration, "Mme:Batch");
        services.AddMmeOptions<ArchiveOptions>(configuration, "Mme:Archives");
        services.AddMmeOptions<ReconcileOptions>(configuration, "Mme:Reconcile");
        services.AddMmeOptions<RescoreOptions>(configuration, "Mme:Rescore");
        services.AddMmeOptions<DriftOptions>(configuration, "Mme:Drift");
        services.AddSingleton<StorageAccount>();
        services.AddSingleton(provider => StorageMessageQueue.Of(provider.GetRequiredService<StorageAccount>()));
        services.AddSingleton<IDocumentStore, BlobDocumentStore>();
        services.AddSingleton<IDropListing, BlobDropListing>();
        services.AddSingleton<ArtifactFolder>();
        services.AddSingleton<IModelCatalog, BlobModelCatalog>();
        services.AddSingleton<ModelPublisher>();
        services.AddSingleton<IImageSource, BlobImageSource>();
        services.AddSingleton<ILabelSink, BlobLabelSink>();
        services.AddSingleton<ILabelReader, BlobLabelReader>();
        services.AddSingleton<ITruthStore, BlobTruthStore>();
        services.AddSingleton<AnswerListing>();
        services.AddSingleton<AnswerPages>();
        services.AddSingleton<Reviewer>();
        services.AddSingleton<BlobDrops>();
        services.AddSingleton<JobRecords>();
        services.AddSingleton<JobShards>();
        services.AddSingleton<LostListings>();
        services.AddSingleton<JobProgress>();
        services.AddSingleton<JobTracker>();
        services.AddSingleton<JobSender>();
        services.AddSingleton<IArchiveStore, BlobArchiveStore>();
        services.AddSingleton<ArchiveRuns>();
        services.AddSingleton<ArchiveEntries>();
        services.AddSingleton<BlobArchives>();
        services.AddSingleton<RecentModels>();
        services.AddSingleton<PoisonWriter>();
        services.AddSingleton<PoisonAdmin>();
        services.AddSingleton<PoisonPages>();
        services.AddSingleton<QueueMetrics>();
        services.AddSingleton<QueueWatch>();
        services.AddSingleton<LabelMetrics>();
        services.AddSingleton<RequestRunner>();
        services.AddSingleton<MessageProcessor>();
        services.AddSingleton<BatchSender>();
        services.AddSingleton<CandidateComparer>();
        services.AddSingleton<ShadowStore>();
        services.AddSingleton<ShadowScorer>();
        services.AddSingleton<QueueListener>();
        services.AddSingleton<StaleImages>();
        services.AddSingleton<RescoreImages>();
        services.AddSingleton<RescoreListing>();
        services.AddSingleton<LatestRescores>();
        services.AddSingleton<Rescorer>();
        services.AddSingleton<ScheduledRescores>();
        services.AddSingleton<DriftComparer>();
        services.AddSingleton<DriftRuns>();
        services.AddSingleton<DriftMetrics>();
        services.AddSingleton<ScheduledDrift>();
        services.AddSingleton<ReconcileMetrics>();
        services.AddSingleton<Reconciler>();
        return services;
    }

    /// <summary>Adds the settings of one section. The host checks them when it starts.</summary>
    public static OptionsBuilder<T> AddMmeOptions<T>(
        this IServiceCollection services, IConfiguration configuration, string section)
        where T : class
    {
        var values = configuration.GetSection(section);
        services.AddSingleton(new SettingsSection(section, typeof(T)));
        services.AddSingleton<IValidateOptions<T>>(new SettingsValidator<T>(section));
        return services.AddOptions<T>().Configure(options => SettingsBinder.Bind(values, options)).ValidateOnStart();
    }
}
