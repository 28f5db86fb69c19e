using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Status;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Serving.Console.Workers;

namespace ServerlessMme.Cli.WebConsole;

/// <summary>Reads the status of this machine's workers, as <c>mme status</c> does. Thread-safe.</summary>
internal sealed class SocketWatch(IOptions<ArtifactOptions> options) : IWorkerWatch
{
    // The names of metrics are a contract: docs/operations.md lists them.
    private const string CacheHit = "ModelCacheHit";
    private const string LoadingTime = "ModelLoadingTime";
    private const string Evictions = "ModelEvictions";

    public async Task<IReadOnlyList<WatchedWorker>> ReadAsync(CancellationToken cancellationToken)
    {
        // The page polls, so printing a line each time that a worker doesn't respond would be too much.
        var workers = await StatusSocket.AskAllAsync(options.Value.Folder, TextWriter.Null, cancellationToken);
        return [.. workers.Select(Watched)];
    }

    private static WatchedWorker Watched(WorkerStatus worker)
    {
        var hits = worker.Metrics.Where(metric => metric.Name == CacheHit).ToList();
        var hit = (long)hits.Sum(metric => metric.Sum);
        return new WatchedWorker(
            worker.ProcessId,
            worker.Account,
            worker.BudgetBytes,
            worker.ResidentBytes,
            [.. worker.Models.Select(model => new WatchedModel(
                model.Name, model.State, model.Bytes, model.Leases, model.LastUsed, model.Trunk))],
            [.. (worker.Trunks ?? []).Select(trunk => new WatchedTrunk(trunk.Id, trunk.Bytes, trunk.Models))],
            hit,
            hits.Sum(metric => metric.Count) - hit,
            worker.Metrics.Where(metric => metric.Name == LoadingTime).Sum(metric => metric.Count),
            (long)worker.Metrics.Where(metric => metric.Name == Evictions).Sum(metric => metric.Sum));
    }
}
