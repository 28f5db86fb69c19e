namespace ServerlessMme.Core.Models.Cache;

/// <summary>The cache at about one moment.</summary>
/// <param name="ResidentBytes">Private bytes of all models below, reserved or measured.</param>
/// <param name="QueuedLoads">Loads that wait for their turn.</param>
/// <param name="Models">In no order.</param>
public sealed record ModelCacheStatus(
    long BudgetBytes, long ResidentBytes, int QueuedLoads, IReadOnlyList<ModelStatus> Models);

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
    bool Pinned);
