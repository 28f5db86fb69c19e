using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// Keeps models warm: loads on first use, once however many ask, and takes over a newly published version without a
/// failed request. Thread-safe; one per process.
/// </summary>
public sealed class ModelCache(
    IModelCatalog catalog, ModelLoader loader, IOptions<ModelCacheOptions> options, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<ModelName, ModelSlot> _slots = new();

    /// <summary>
    /// A lease on the newest version of a model, loading it if need be. <see cref="ErrorCode.ModelNotFound"/> when
    /// none is published, the load's refusal when the artifact is unusable. Cancelling gives up the wait, not the
    /// load that others may wait for. Trouble with storage is thrown; the next request tries again.
    /// </summary>
    /// <param name="name">The model.</param>
    /// <param name="expectedVersion">
    /// The version that the caller saw published, if it saw any: when another is warm, storage is asked at once.
    /// </param>
    public async Task<AcquiredModel> AcquireAsync(
        ModelName name, string? expectedVersion, CancellationToken cancellationToken)
    {
        var slot = _slots.GetOrAdd(name, static (name, cache) => cache.CreateSlot(name), this);
        while (true)
        {
            var state = await slot.GetAsync(expectedVersion, cancellationToken);
            if (state.Refusal is { } refusal)
                return new AcquiredModel(null, state.Version, refusal);
            // Null: a newer version took over between the two lines, and the next state has it.
            if (state.Model!.TryLease() is { } lease)
                return new AcquiredModel(lease, state.Version, null);
        }
    }

    /// <summary>The models that are loaded now.</summary>
    public IReadOnlyList<LoadedModel> Loaded =>
        [.. _slots.Values.Select(slot => slot.Model).OfType<LoadedModel>()];

    public void Dispose()
    {
        foreach (var name in _slots.Keys)
        {
            if (_slots.TryRemove(name, out var slot))
                slot.Dispose();
        }
    }

    private ModelSlot CreateSlot(ModelName name) => new(name, catalog, loader, options.Value.RefreshAfter, time);
}

/// <summary>A lease on a model, or why there is none.</summary>
/// <param name="Version">The version published; null when none is.</param>
public readonly record struct AcquiredModel(ModelLease? Lease, string? Version, Refusal? Refusal) : IDisposable
{
    public void Dispose() => Lease?.Dispose();
}
