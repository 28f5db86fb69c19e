using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>What a name stands for: a loaded model, or why there is none.</summary>
/// <param name="Version">The version published; null when none is.</param>
/// <param name="Target">The name is an alias: the model that has the rest. Null when it is none.</param>
internal sealed record SlotState(string? Version, ModelEntry? Entry, Refusal? Refusal, ModelName? Target = null);

/// <summary>Compares what is in memory with what is published, and loads what is newer. Thread-safe.</summary>
internal sealed class VersionFinder(
    IModelCatalog catalog, EntryLoader loader, ModelCacheMetrics metrics, ILogger logger, CancellationToken stopping)
{
    /// <summary>The newest state, the given one if it still holds, with a lease if there is a model.</summary>
    /// <exception cref="FailedLoadException">The version that is published could not be loaded.</exception>
    public async Task<(SlotState State, ModelLease? Lease)> FindNewestAsync(ModelName name, SlotState? current)
    {
        while (true)
        {
            if (await catalog.FindAsync(name, stopping) is not { } descriptor)
            {
                return (current is { Version: null } ? current : new SlotState(null, null, NotFound(name)), null);
            }

            if (descriptor.Target is { } target)
            {
                var alias = new SlotState(descriptor.Version, null, null, target);
                return (current == alias ? current : alias, null);
            }

            if (current?.Version == descriptor.Version && current.Target is null)
            {
                if (current.Refusal is not null)
                {
                    return (current, null);
                }

                if (current.Entry!.TryLease() is { } warm)
                {
                    return (current, warm);
                }
            }

            try
            {
                return await LoadAsync(descriptor);
            }
            catch (ModelReplacedException)
            {
                // Published anew between the look-up and the download: look it up again.
            }
        }
    }

    private async Task<(SlotState State, ModelLease? Lease)> LoadAsync(ModelDescriptor descriptor)
    {
        try
        {
            var loaded = await loader.LoadAsync(descriptor, stopping);
            if (loaded.TryGet(out var lease, out var refusal))
            {
                logger.ModelLoaded(descriptor.Name, descriptor.Version);
                return (new SlotState(descriptor.Version, lease.Entry, null), lease);
            }

            metrics.RecordLoadFailure(descriptor.Name, refusal.Code.ToString());
            logger.ModelRefused(descriptor.Name, descriptor.Version, refusal.Code, refusal.Message);
            return (new SlotState(descriptor.Version, null, refusal), null);
        }
        catch (Exception exception) when (exception is not ModelReplacedException && !stopping.IsCancellationRequested)
        {
            metrics.RecordLoadFailure(descriptor.Name, exception.GetType().Name);
            logger.LoadFailed(exception, descriptor.Name, descriptor.Version);
            // A full cache says nothing about the model, and the next request waits for room anyway.
            if (exception is ModelCacheBusyException)
            {
                throw;
            }

            throw new FailedLoadException(descriptor.Version, ExceptionDispatchInfo.Capture(exception));
        }
    }

    private static Refusal NotFound(ModelName name) => new(
        ErrorCode.ModelNotFound,
        $"No model '{name}' is published. Publish it with 'mme models push FOLDER --name {name}'; what waits in "
        + $"'{name.ImagesContainer}' is classified then.");
}

/// <summary>Carries what a load threw to the slot, which remembers it. Nobody else sees it.</summary>
internal sealed class FailedLoadException(string version, ExceptionDispatchInfo cause) : Exception
{
    public string Version => version;

    public ExceptionDispatchInfo Cause => cause;
}
