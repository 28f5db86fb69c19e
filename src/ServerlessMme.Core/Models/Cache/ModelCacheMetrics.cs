using System.Diagnostics.Metrics;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Records what the cache does, as <see cref="ModelMetrics"/> lists it. Thread-safe.</summary>
internal sealed class ModelCacheMetrics
{
    private readonly Meter _meter;
    private readonly ModelTags _tags;
    private readonly Histogram<double> _cacheHit;
    private readonly Histogram<double> _loadingWaitTime;
    private readonly Histogram<double> _downloadingTime;
    private readonly Histogram<double> _loadingTime;
    private readonly Histogram<double> _unloadingTime;
    private readonly Histogram<double> _ageAtEviction;
    private readonly Counter<long> _evictions;
    private readonly Counter<long> _loadFailures;

    public ModelCacheMetrics(IMeterFactory meters, int maxModelTags)
    {
        _meter = meters.Create(ModelMetrics.MeterName);
        _tags = new ModelTags(maxModelTags);
        _cacheHit = CreateHistogram(ModelMetrics.CacheHit);
        _loadingWaitTime = CreateHistogram(ModelMetrics.LoadingWaitTime);
        _downloadingTime = CreateHistogram(ModelMetrics.DownloadingTime);
        _loadingTime = CreateHistogram(ModelMetrics.LoadingTime);
        _unloadingTime = CreateHistogram(ModelMetrics.UnloadingTime);
        _ageAtEviction = CreateHistogram(ModelMetrics.AgeAtEviction);
        _evictions = CreateCounter(ModelMetrics.Evictions);
        _loadFailures = CreateCounter(ModelMetrics.LoadFailures);
    }

    /// <summary>Reads the gauges from the cache when they are asked for.</summary>
    public void Watch(Func<ModelCacheStatus> read)
    {
        CreateGauge(ModelMetrics.LoadedCount, () => read().Models.Count(IsLoaded));
        CreateGauge(ModelMetrics.LoadQueueLength, () => read().QueuedLoads);
        CreateGauge(ModelMetrics.ResidentBytes, () => read().ResidentBytes);
        CreateGauge(ModelMetrics.BudgetBytes, () => read().BudgetBytes);
    }

    public void RecordHit(ModelName model, bool hit) => _cacheHit.Record(hit ? 1 : 0, _tags.Of(model));

    public void RecordWaiting(ModelName model, TimeSpan took) => Record(_loadingWaitTime, model, took);

    public void RecordDownloading(ModelName model, TimeSpan took) => Record(_downloadingTime, model, took);

    public void RecordLoading(ModelName model, TimeSpan took) => Record(_loadingTime, model, took);

    public void RecordLoadFailure(ModelName model, string reason) =>
        _loadFailures.Add(1, _tags.Of(model), new(ModelMetrics.ReasonTag, reason));

    public void RecordUnloaded(ModelName model, UnloadReason reason, TimeSpan idleFor, TimeSpan took)
    {
        Record(_unloadingTime, model, took);
        _evictions.Add(1, _tags.Of(model), new(ModelMetrics.ReasonTag, reason.ToString()));
        if (reason == UnloadReason.Room)
        {
            Record(_ageAtEviction, model, idleFor);
        }
    }

    private static bool IsLoaded(ModelStatus model) => model.State is ModelState.Ready or ModelState.Draining;

    private void Record(Histogram<double> histogram, ModelName model, TimeSpan time) =>
        histogram.Record(time.TotalMicroseconds, _tags.Of(model));

    private Histogram<double> CreateHistogram(MetricRow row) =>
        _meter.CreateHistogram<double>(row.Name, row.Unit, row.Help);

    private Counter<long> CreateCounter(MetricRow row) => _meter.CreateCounter<long>(row.Name, row.Unit, row.Help);

    private void CreateGauge(MetricRow row, Func<long> read) =>
        _meter.CreateObservableGauge(row.Name, read, row.Unit, row.Help);
}
