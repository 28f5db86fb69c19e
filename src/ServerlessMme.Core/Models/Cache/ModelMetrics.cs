namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Every metric of the cache. The first six have SageMaker's names and units (microseconds), plus a tag for the model,
/// which SageMaker lacks.
/// </summary>
public static class ModelMetrics
{
    /// <summary>The application's only meter.</summary>
    public const string MeterName = "ServerlessMme";

    internal const string ModelTag = "model";
    internal const string ReasonTag = "reason";

    internal static readonly MetricRow CacheHit = new("ModelCacheHit", MetricKind.Histogram, "1",
        "1 for a request whose model was loaded and in memory, 0 for a request that waited for its model. The average "
        + "is the hit ratio.");

    internal static readonly MetricRow LoadingWaitTime = new("ModelLoadingWaitTime", MetricKind.Histogram, "us",
        "Time a request waited for its model, including the waits for a turn and for memory, the download and the "
        + "load.");

    internal static readonly MetricRow DownloadingTime = new("ModelDownloadingTime", MetricKind.Histogram, "us",
        "Time to download an artifact, or to find it on local disk.");

    internal static readonly MetricRow LoadingTime = new("ModelLoadingTime", MetricKind.Histogram, "us",
        "Time to load a model from local disk.");

    internal static readonly MetricRow UnloadingTime = new("ModelUnloadingTime", MetricKind.Histogram, "us",
        "Time to unload a model.");

    internal static readonly MetricRow LoadedCount = new("LoadedModelCount", MetricKind.Gauge, "{model}",
        "Models that can be leased, and models that will be unloaded after their last lease.");

    internal static readonly MetricRow Evictions = new("ModelEvictions", MetricKind.Counter, "{model}",
        "Models unloaded, by reason: Room, Replaced, Removed, Shutdown.");

    internal static readonly MetricRow AgeAtEviction = new("ModelAgeAtEviction", MetricKind.Histogram, "us",
        "Time since the last use of a model evicted to make room. Short times mean that the budget is too small.");

    internal static readonly MetricRow LoadFailures = new("ModelLoadFailures", MetricKind.Counter, "{load}",
        "Failed loads, by reason: an error code, or the type of the exception.");

    internal static readonly MetricRow LoadQueueLength = new("ModelLoadQueueLength", MetricKind.Gauge, "{load}",
        "Loads waiting for their turn.");

    internal static readonly MetricRow ResidentBytes = new("ModelResidentBytes", MetricKind.Gauge, "By",
        "Private memory of all models and their trunks, including those loading and unloading.");

    internal static readonly MetricRow BudgetBytes = new("ModelBudgetBytes", MetricKind.Gauge, "By",
        "Maximum private memory of all models together.");

    internal static readonly MetricRow TrunkCount = new("LoadedTrunkCount", MetricKind.Gauge, "{trunk}",
        "Trunks in memory: parts of networks that loaded models share.");

    internal static readonly MetricRow TrunkBytes = new("ModelTrunkBytes", MetricKind.Gauge, "By",
        "Private memory of all trunks, each counted once.");

    internal static readonly MetricRow MappedBytes = new("ModelMappedBytes", MetricKind.Gauge, "By",
        "Size of the mapped files of loaded models, each file counted once.");

    internal static readonly MetricRow MappedResidentBytes = new("ModelMappedResidentBytes", MetricKind.Gauge, "By",
        "Size of the part of the mapped files that is in memory, estimated by sampling.");

    internal static readonly MetricRow MappedTargetBytes = new("ModelMappedTargetBytes", MetricKind.Gauge, "By",
        "Target size of all mapped files under the memory limit. Files that exceed it are dropped from memory and "
        + "read again on next use.");

    /// <summary>All metrics.</summary>
    public static IReadOnlyList<MetricRow> All { get; } =
    [
        CacheHit, LoadingWaitTime, DownloadingTime, LoadingTime, UnloadingTime, LoadedCount,
        Evictions, AgeAtEviction, LoadFailures, LoadQueueLength, ResidentBytes, BudgetBytes,
        TrunkCount, TrunkBytes, MappedBytes, MappedResidentBytes, MappedTargetBytes,
    ];
}

/// <summary>One metric.</summary>
/// <param name="Unit">The unit in OpenTelemetry's notation.</param>
public sealed record MetricRow(string Name, MetricKind Kind, string Unit, string Help);

/// <summary>The type of a metric's instrument.</summary>
public enum MetricKind
{
    /// <summary>Counts up.</summary>
    Counter,

    /// <summary>The current value.</summary>
    Gauge,

    /// <summary>A distribution of values, with count and sum.</summary>
    Histogram,
}
