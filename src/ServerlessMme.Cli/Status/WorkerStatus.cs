using System.Text.Json.Serialization;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Cli.Status;

/// <summary>The status that a running worker reports.</summary>
/// <param name="Metrics">Totals since the worker started.</param>
internal sealed record WorkerStatus(
    int ProcessId,
    DateTimeOffset StartedAt,
    string Account,
    long BudgetBytes,
    long ResidentBytes,
    int QueuedLoads,
    IReadOnlyList<WarmModel> Models,
    IReadOnlyList<MetricTotal> Metrics)
{
    /// <summary>How the worker divides its memory; null from a worker of an earlier version.</summary>
    public ProcessMemory? Memory { get; init; }

    /// <summary>Trunks that models share; null from a worker of an earlier version.</summary>
    public IReadOnlyList<WarmTrunk>? Trunks { get; init; }

    /// <summary>Mapped files; null if they are unknown, or from a worker of an earlier version.</summary>
    public MappedFiles? Mapped { get; init; }
}

/// <summary>The mapped files of a worker's models in bytes. A file that models share counts once.</summary>
/// <param name="ResidentBytes">The part that is in memory.</param>
/// <param name="TargetBytes">Target for all mapped files under the memory limit; null without a limit.</param>
internal sealed record MappedFiles(long MappedBytes, long ResidentBytes, long? TargetBytes)
{
    public static MappedFiles? Of(PageUse? pages) => pages is { } use
        ? new MappedFiles(use.MappedBytes, use.ResidentBytes, use.TargetBytes)
        : null;
}

/// <summary>A part of a network that several loaded models share.</summary>
/// <param name="Bytes">Private bytes, counted once.</param>
/// <param name="Models">Loaded models that use it.</param>
internal sealed record WarmTrunk(string Id, long Bytes, int Models)
{
    public static WarmTrunk Of(TrunkStatus trunk) => new(trunk.Id, trunk.PrivateBytes, trunk.Heads);
}

/// <summary>The memory limit and use of a process, in bytes, and its parts.</summary>
/// <param name="UsedBytes">Resident memory.</param>
/// <param name="HeadroomBytes">The part that isn't counted: .NET, code, and the rest.</param>
internal sealed record ProcessMemory(
    long LimitBytes, long UsedBytes, long ModelBytes, long HeadroomBytes, MemoryPart Images, MemoryPart Tensors,
    MemoryPart Decoding, MemoryPart Runs)
{
    public static ProcessMemory Of(MemoryPlan plan, WorkingMemory memory) => new(
        plan.LimitBytes, Environment.WorkingSet, plan.ModelBytes, plan.HeadroomBytes, MemoryPart.Of(memory.Images),
        MemoryPart.Of(memory.Tensors), MemoryPart.Of(memory.Decoding), MemoryPart.Of(memory.Runs));
}

/// <summary>A part of the memory, which work may have to wait for.</summary>
/// <param name="QueuedBytes">Bytes that waiting work needs.</param>
internal sealed record MemoryPart(long CapacityBytes, long UsedBytes, long QueuedBytes)
{
    public static MemoryPart Of(MemoryGate gate) => new(gate.CapacityBytes, gate.UsedBytes, gate.QueuedBytes);
}

/// <summary>One version of a model that a worker has loaded or is loading.</summary>
/// <param name="Bytes">Private bytes: measured once it is loaded, reserved while it is loading.</param>
/// <param name="Trunk">The trunk shared with other models; null if it shares none or the worker is older.</param>
internal sealed record WarmModel(
    string Name, string Version, string? Digest, string State, long Bytes, DateTimeOffset LastUsed, int Leases,
    bool Pinned, string? Trunk)
{
    /// <summary>Its mapped files, including shared files; null if they are unknown.</summary>
    public MappedFiles? Mapped { get; init; }

    /// <summary>True for a loaded model whose files have left memory.</summary>
    public bool Cold { get; init; }

    public static WarmModel Of(ModelStatus model) => new(model.Name.Value, model.Version, model.Digest,
        model.State.ToString(), model.Bytes, model.LastUsed, model.Leases, model.Pinned, model.Trunk)
    {
        Mapped = MappedFiles.Of(model.Pages),
        Cold = model.IsCold,
    };
}

/// <summary>The total of a metric's measurements with one set of tags.</summary>
/// <param name="Tags">For example <c>model=cifar10</c>; empty if the metric has no tags.</param>
/// <param name="Count">Number of measurements.</param>
/// <param name="Sum">Sum of the measurements, or an observable instrument's current value.</param>
/// <param name="Max">Largest measurement.</param>
internal sealed record MetricTotal(string Name, string Unit, string Tags, long Count, double Sum, double Max);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WorkerStatus))]
[JsonSerializable(typeof(IReadOnlyList<WorkerStatus>))]
internal sealed partial class StatusJson : JsonSerializerContext;
