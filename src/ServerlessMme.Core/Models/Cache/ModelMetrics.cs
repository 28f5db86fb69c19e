namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Every metric of the cache. The names and microseconds of the first six are SageMaker's, with the model as a tag,
/// which SageMaker lacks.
/// </summary>
public static class ModelMetrics
{
    /// <summary>The one meter of this application.</summary>
    public const string MeterName = "ServerlessMme";

    internal const string ModelTag = "model";
    internal const string ReasonTag = "reason";

    internal static readonly MetricRow CacheHit = new("ModelCacheHit", MetricKind.Histogram, "1",
        "1 for a request whose model was loaded, 0 for one that had to wait for it: the average is the hit ratio.");

    internal static readonly MetricRow LoadingWaitTime = new("ModelLoadingWaitTime", MetricKind.Histogram, "us",
        "Time that a request waited for its model to be downloaded, to find room and to be loaded.");

    internal static readonly MetricRow DownloadingTime = new("ModelDownloadingTime", MetricKind.Histogram, "us",
        "Time to bring an artifact to local disk, or to find it there.");

    internal static readonly MetricRow LoadingTime = new("ModelLoadingTime", MetricKind.Histogram, "us",
        "Time to load a model from local disk.");

    internal static readonly MetricRow UnloadingTime = new("ModelUnloadingTime", MetricKind.Histogram, "us",
        "Time to unload a model.");

    internal static readonly MetricRow LoadedCount = new("LoadedModelCount", MetricKind.Gauge, "{model}",
        "Models that can answer now, and those that still answer their last requests.");

    internal static readonly MetricRow Evictions = new("ModelEvictions", MetricKind.Counter, "{model}",
        "Models unloaded, by reason: Room, Replaced, Removed, Shutdown.");

    internal static readonly MetricRow AgeAtEviction = new("ModelAgeAtEviction", MetricKind.Histogram, "us",
        "Time since the last use of a model that is evicted for room: when it is short, the budget is too small.");

    internal static readonly MetricRow LoadFailures = new("ModelLoadFailures", MetricKind.Counter, "{load}",
        "Loads that gave no model, by reason: an error code, or the type of what was thrown.");

    internal static readonly MetricRow LoadQueueLength = new("ModelLoadQueueLength", MetricKind.Gauge, "{load}",
        "Loads that wait for their turn.");

    internal static readonly MetricRow ResidentBytes = new("ModelResidentBytes", MetricKind.Gauge, "By",
        "Private memory of all models, those loading and unloading included.");

    internal static readonly MetricRow BudgetBytes = new("ModelBudgetBytes", MetricKind.Gauge, "By",
        "Private memory that models may take together.");

    /// <summary>The table.</summary>
    public static IReadOnlyList<MetricRow> All { get; } =
    [
        CacheHit, LoadingWaitTime, DownloadingTime, LoadingTime, UnloadingTime, LoadedCount,
        Evictions, AgeAtEviction, LoadFailures, LoadQueueLength, ResidentBytes, BudgetBytes,
    ];
}

/// <summary>One metric.</summary>
/// <param name="Unit">In the notation that OpenTelemetry uses.</param>
public sealed record MetricRow(string Name, MetricKind Kind, string Unit, string Help);

/// <summary>How a metric adds up.</summary>
public enum MetricKind
{
    /// <summary>Counts up.</summary>
    Counter,

    /// <summary>A value at the moment.</summary>
    Gauge,

    /// <summary>Many values: count, sum and distribution.</summary>
    Histogram,
}
