using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ServerlessMme.Core.Backends;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Records the metrics that <see cref="ModelMetrics"/> lists. Thread-safe.</summary>
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

    /// <summary>Reads the gauges from the cache whenever they are collected.</summary>
    /// <param name="pages">Samples mapped files; null if nothing is known about them.</param>
    public void Watch(Func<ModelCacheStatus> read, Func<PageUse?> pages)
    {
        CreateGauge(ModelMetrics.LoadedCount, () => read().Models.Count(IsLoaded));
        CreateGauge(ModelMetrics.LoadQueueLength, () => read().QueuedLoads);
        CreateGauge(ModelMetrics.ResidentBytes, () => read().ResidentBytes);
        CreateGauge(ModelMetrics.BudgetBytes, () => read().BudgetBytes);
        CreateGauge(ModelMetrics.TrunkCount, () => read().Trunks.Count);
        CreateGauge(ModelMetrics.TrunkBytes, () => read().Trunks.Sum(trunk => trunk.PrivateBytes));
        CreateOptionalGauge(ModelMetrics.MappedBytes, () => pages()?.MappedBytes);
        CreateOptionalGauge(ModelMetrics.MappedResidentBytes, () => pages()?.ResidentBytes);
        CreateOptionalGauge(ModelMetrics.MappedTargetBytes, () => pages()?.TargetBytes);
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

    private void CreateOptionalGauge(MetricRow row, Func<long?> read) => _meter.CreateObservableGauge(
        row.Name,
        () => read() is { } value ? [new Measurement<long>(value)] : (Measurement<long>[])[],
        row.Unit,
        row.Help);
}

/// <summary>
/// Values of the tag <c>model</c>. Each value is a time series in the metrics store, so only the models used first get
/// their own. Thread-safe.
/// </summary>
internal sealed class ModelTags(int max)
{
    public const string Other = "other";

    private readonly ConcurrentDictionary<string, bool> _kept = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Returns the model's name, or <see cref="Other"/> once enough other models have one.</summary>
    public KeyValuePair<string, object?> Of(ModelName name) => new(ModelMetrics.ModelTag, Value(name.Value));

    private string Value(string name)
    {
        if (_kept.ContainsKey(name))
        {
            return name;
        }

        if (Volatile.Read(ref _count) >= max)
        {
            return Other;
        }

        lock (_kept)
        {
            if (_count >= max)
            {
                return _kept.ContainsKey(name) ? name : Other;
            }

            if (_kept.TryAdd(name, true))
            {
                _count++;
            }

            return name;
        }
    }
}
