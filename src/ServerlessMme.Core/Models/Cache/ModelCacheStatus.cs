using ServerlessMme.Core.Backends;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>An approximate snapshot of the cache.</summary>
/// <param name="ResidentBytes">Private bytes of all models below, reserved or measured, and of their trunks.</param>
/// <param name="QueuedLoads">Loads waiting for their turn.</param>
/// <param name="Models">In no particular order.</param>
public sealed record ModelCacheStatus(
    long BudgetBytes, long ResidentBytes, int QueuedLoads, IReadOnlyList<ModelStatus> Models)
{
    /// <summary>The trunks that loaded models share, in no particular order.</summary>
    public IReadOnlyList<TrunkStatus> Trunks { get; init; } = [];

    /// <summary>The mapped files of all models, each counted once; null unless requested, or if unknown.</summary>
    public PageUse? Pages { get; init; }
}

/// <summary>One version of a model that takes memory or is about to.</summary>
/// <param name="Digest">SHA-256 of the artifact; null while it is loading.</param>
/// <param name="Bytes">Private bytes: measured, or reserved while it is loading.</param>
public sealed record ModelStatus(
    ModelName Name,
    string Version,
    string? Digest,
    ModelState State,
    long Bytes,
    DateTimeOffset LastUsed,
    int Leases,
    bool Pinned)
{
    /// <summary>
    /// The <see cref="TrunkStatus.Id"/> of the trunk that the model shares with others; null if it has none.
    /// </summary>
    public string? Trunk { get; init; }

    /// <summary>Its mapped files, including shared ones; null unless requested, or if unknown.</summary>
    public PageUse? Pages { get; init; }

    /// <summary>
    /// True if a large part of a loaded model's files has left memory: the next use reads that part, and is not a cache
    /// hit.
    /// </summary>
    public bool IsCold => Pages is { IsCold: true };
}

/// <summary>The state of one version of a model in the cache.</summary>
public enum ModelState
{
    /// <summary>Queued, being downloaded, or being opened. Its reserved bytes count.</summary>
    Loading,

    /// <summary>Can be leased.</summary>
    Ready,

    /// <summary>
    /// Evicted or replaced. There are no new leases, and the model is unloaded after the last one. Its bytes still
    /// count.
    /// </summary>
    Draining,

    /// <summary>The model's memory is free again.</summary>
    Unloaded,

    /// <summary>The model could not be loaded.</summary>
    Failed,
}
