using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>The state of a name: a loaded model, an alias, a group, or a refusal.</summary>
/// <param name="Version">The published version; null if nothing is published.</param>
/// <param name="Target">The model that an alias stands for; null unless the name is an alias.</param>
/// <param name="Members">The members of a group; null unless the name is a group.</param>
internal sealed record SlotState(
    string? Version,
    ModelEntry? Entry,
    Refusal? Refusal,
    ModelName? Target = null,
    IReadOnlyList<GroupMember>? Members = null)
{
    /// <summary>True if other names answer for this name, so there is nothing to load.</summary>
    public bool Forwards => Target is not null || Members is not null;
}

/// <summary>
/// Resolves a name to the published version, and loads that version unless it is resident. Thread-safe.
/// </summary>
internal sealed class ModelResolver(
    IModelCatalog catalog,
    ModelLoader loader,
    MemoryBudget budget,
    ModelCacheMetrics metrics,
    TimeProvider time,
    ILogger logger,
    CancellationToken stopping)
{
    /// <summary>
    /// Returns the newest state, with a lease if there is a model. Returns the current state if it is still valid.
    /// </summary>
    /// <exception cref="FailedLoadException">The published version could not be loaded.</exception>
    public async Task<(SlotState State, ModelLease? Lease)> ResolveAsync(ModelName name, SlotState? current)
    {
        while (true)
        {
            // Costs one request per refresh. A download that follows requests the version found here.
            if (await catalog.FindAsync(name, stopping) is not { } descriptor)
            {
                return (current is { Version: null } ? current : new SlotState(null, null, NotFound(name)), null);
            }

            if (descriptor.Target is { } target)
            {
                var alias = new SlotState(descriptor.Version, null, null, target);
                return (current == alias ? current : alias, null);
            }

            if (descriptor.Members is { } members)
            {
                return (current?.Version == descriptor.Version ? current : StateOf(descriptor, members), null);
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
                // Another version was published between lookup and download, so look it up again.
            }
        }
    }

    private async Task<(SlotState State, ModelLease? Lease)> LoadAsync(ModelDescriptor descriptor)
    {
        // Part of the first waiter's trace. Other waiters' traces only show a long lease.
        using var span = Spans.Start("load", descriptor.Name.Value);
        span?.SetTag(Spans.ModelVersion, descriptor.Version);
        try
        {
            var entry = new ModelEntry(descriptor, budget, metrics, time, logger);
            var loaded = await entry.LoadAsync(loader, stopping);
            if (loaded.TryGet(out var lease, out var refusal))
            {
                logger.ModelLoaded(descriptor.Name, descriptor.Version);
                return (new SlotState(descriptor.Version, entry, null), lease);
            }

            span?.SetTag(Spans.ErrorCode, refusal.Code.ToString()).SetStatus(ActivityStatusCode.Error);
            metrics.RecordLoadFailure(descriptor.Name, refusal.Code.ToString());
            logger.ModelRefused(descriptor.Name, descriptor.Version, refusal.Code, refusal.Message);
            return (new SlotState(descriptor.Version, null, refusal), null);
        }
        catch (Exception exception) when (exception is not ModelReplacedException && !stopping.IsCancellationRequested)
        {
            span.Fail(exception);
            metrics.RecordLoadFailure(descriptor.Name, exception.GetType().Name);
            logger.LoadFailed(exception, descriptor.Name, descriptor.Version);
            // A full cache is not a defect of the model, and the next request waits for memory anyway.
            if (exception is ModelCacheBusyException)
            {
                throw;
            }

            throw new FailedLoadException(descriptor.Version, ExceptionDispatchInfo.Capture(exception));
        }
    }

    private static SlotState StateOf(ModelDescriptor group, IReadOnlyList<GroupMember> members) =>
        group.LacksTarget
            ? new SlotState(group.Version, null, NoMember(group.Name))
            : new SlotState(group.Version, null, ModelGroup.RefuseOne(group.Name), Members: members);

    private static Refusal NoMember(ModelName group) => new(
        ErrorCode.ModelNotFound,
        $"No member of group '{group}' is published. Publish one with 'mme models push FOLDER --name NAME'. The images "
        + $"waiting in '{group.ImagesContainer}' will then be classified. 'mme models group {group}' lists the "
        + "members.");

    private static Refusal NotFound(ModelName name) => new(
        ErrorCode.ModelNotFound,
        $"No model '{name}' is published. Publish it with 'mme models push FOLDER --name {name}'. The images waiting "
        + $"in '{name.ImagesContainer}' will then be classified.");
}

/// <summary>Carries a load's exception to the slot, which remembers it. Never leaves the cache.</summary>
internal sealed class FailedLoadException(string version, ExceptionDispatchInfo cause) : Exception
{
    public string Version => version;

    public ExceptionDispatchInfo Cause => cause;
}
