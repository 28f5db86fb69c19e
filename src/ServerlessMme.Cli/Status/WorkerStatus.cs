using System.Text.Json.Serialization;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Cli.Status;

/// <summary>What a running worker says of itself.</summary>
/// <param name="Metrics">Since its start.</param>
internal sealed record WorkerStatus(
    int ProcessId,
    DateTimeOffset StartedAt,
    string Account,
    long BudgetBytes,
    long ResidentBytes,
    int QueuedLoads,
    IReadOnlyList<WarmModel> Models,
    IReadOnlyList<MetricTotal> Metrics);

/// <summary>One version of a model in a worker's memory, or on its way there.</summary>
/// <param name="Bytes">Private bytes: measured, or reserved while it is loading.</param>
internal sealed record WarmModel(
    string Name, string Version, string? Digest, string State, long Bytes, DateTimeOffset LastUsed, int Leases,
    bool Pinned)
{
    public static WarmModel Of(ModelStatus model) => new(model.Name.Value, model.Version, model.Digest,
        model.State.ToString(), model.Bytes, model.LastUsed, model.Leases, model.Pinned);
}

/// <summary>A metric, with the measurements of one set of tags together.</summary>
/// <param name="Tags">For instance <c>model=cifar10</c>; empty when the metric has none.</param>
/// <param name="Count">Measurements.</param>
/// <param name="Sum">Of the measurements; a gauge's value.</param>
internal sealed record MetricTotal(string Name, string Unit, string Tags, long Count, double Sum, double Max);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WorkerStatus))]
[JsonSerializable(typeof(IReadOnlyList<WorkerStatus>))]
internal sealed partial class StatusJson : JsonSerializerContext;
