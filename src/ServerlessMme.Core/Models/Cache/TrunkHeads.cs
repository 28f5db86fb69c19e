using System.Runtime.InteropServices;
using ServerlessMme.Core.Backends;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Counts how many models keep each trunk in memory. A trunk that no model names is part of other trunks, and is freed
/// with the last model that has a trunk.
/// </summary>
internal sealed class TrunkHeads
{
    private readonly Dictionary<string, long> _bytes = [];
    private readonly Dictionary<string, int> _heads = [];
    private readonly long _unnamedBytes;
    private int _all;

    public TrunkHeads(ReadOnlySpan<EvictionCandidate> models, IReadOnlyList<TrunkStatus> trunks)
    {
        if (trunks.Count == 0)
        {
            return;
        }

        var pinned = new HashSet<string>();
        foreach (var model in models)
        {
            if (model.Trunk is not { } trunk)
            {
                continue;
            }

            CollectionsMarshal.GetValueRefOrAddDefault(_heads, trunk, out _)++;
            _all++;
            if (model is { Pinned: true, Ready: true })
            {
                pinned.Add(trunk);
            }
        }

        foreach (var trunk in trunks)
        {
            if (_heads.ContainsKey(trunk.Id))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_bytes, trunk.Id, out _) += trunk.PrivateBytes;
                ReachableBytes += pinned.Contains(trunk.Id) ? 0 : trunk.PrivateBytes;
            }
            else
            {
                _unnamedBytes += trunk.PrivateBytes;
            }
        }

        ReachableBytes += pinned.Count == 0 ? _unnamedBytes : 0;
    }

    /// <summary>Bytes of the trunks that no pinned model keeps in memory.</summary>
    public long ReachableBytes { get; }

    /// <summary>Returns the number of bytes freed with this model in addition to its own.</summary>
    /// <param name="trunk">The model's trunk; null if it has none.</param>
    public long Remove(string? trunk)
    {
        if (trunk is null || !_heads.TryGetValue(trunk, out var heads))
        {
            return 0;
        }

        _heads[trunk] = heads - 1;
        _all--;
        return (heads == 1 ? _bytes.GetValueOrDefault(trunk) : 0) + (_all == 0 ? _unnamedBytes : 0);
    }
}
