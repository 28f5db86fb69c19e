namespace ServerlessMme.Serving.Console.Workers;

/// <summary>Finds the workers that run on this machine. Thread-safe.</summary>
public interface IWorkerWatch
{
    /// <summary>Returns the state of all workers, except those that don't respond.</summary>
    Task<IReadOnlyList<WatchedWorker>> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A worker.</summary>
/// <param name="Account">The storage account that it works for.</param>
/// <param name="Hits">Requests since the worker's start that found their model loaded.</param>
/// <param name="Misses">Requests since the worker's start that waited for their model to load.</param>
public sealed record WatchedWorker(
    int ProcessId,
    string Account,
    long BudgetBytes,
    long ResidentBytes,
    IReadOnlyList<WatchedModel> Models,
    IReadOnlyList<WatchedTrunk> Trunks,
    long Hits,
    long Misses,
    long Loads,
    long Evictions);

/// <summary>A model that a worker has loaded or is loading.</summary>
/// <param name="Bytes">Private bytes.</param>
/// <param name="Trunk">The trunk that it shares with other models; null if none.</param>
public sealed record WatchedModel(
    string Name, string State, long Bytes, int Leases, DateTimeOffset LastUsed, string? Trunk);

/// <summary>A part of a network that several loaded models share.</summary>
/// <param name="Bytes">Private bytes, counted once.</param>
/// <param name="Heads">Loaded models that use it.</param>
public sealed record WatchedTrunk(string Id, long Bytes, int Heads);

/// <summary>Used by servers that can't query workers.</summary>
internal sealed class NoWorkers : IWorkerWatch
{
    public Task<IReadOnlyList<WatchedWorker>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<WatchedWorker>>([]);
}
