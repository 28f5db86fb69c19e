using Google.Protobuf;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// This process's view of the store: its models, and the pack that contains each tensor. Requires the store's lock.
/// </summary>
internal sealed class StoreIndex(StoreLayout layout)
{
    private readonly Dictionary<string, Model> _models = [];
    private readonly Dictionary<ByteString, Place> _tensors = [];
    private readonly Dictionary<ByteString, (StoredPack Pack, int Models)> _packs = [];
    private DateTime _readAt;

    /// <summary>The location of a tensor's bytes: a pack, and the offset in it.</summary>
    public sealed record Place(StoredPack Pack, long Offset);

    /// <summary>Size of all graphs and of the packs that they need, in bytes.</summary>
    public long TotalBytes { get; private set; }

    private sealed record Model(long Bytes, IReadOnlyList<StoredPack> Packs, bool IsOutdated);

    /// <summary>Reads the graphs that other processes have added, and forgets deleted graphs.</summary>
    /// <param name="always">If false, the folder isn't listed if it looks unchanged.</param>
    public void Refresh(bool always)
    {
        if (!always && Directory.GetLastWriteTimeUtc(layout.Graphs) == _readAt)
        {
            return;
        }

        var present = Directory.GetFiles(layout.Graphs, "*.graph")
            .Select(path => Path.GetFileNameWithoutExtension(path)).ToHashSet();
        foreach (var gone in _models.Keys.Where(key => !present.Contains(key)).ToList())
        {
            Forget(gone);
        }

        foreach (var key in present.Where(key => !_models.ContainsKey(key)))
        {
            Read(key);
        }

        ForgetTensorsWithoutPack();
        Seen();
    }

    /// <summary>Adds a model that was just written.</summary>
    public void Add(StoredModel model)
    {
        Forget(model.Key);
        var known = new Model(model.CalculateSize() + 32, [.. model.Packs.DistinctBy(pack => pack.Sha256)],
            StoreKey.IsOutdated(model.MadeFor));
        _models[model.Key] = known;
        TotalBytes += known.Bytes;
        foreach (var pack in known.Packs)
        {
            var models = _packs.TryGetValue(pack.Sha256, out var use) ? use.Models : 0;
            _packs[pack.Sha256] = (pack, models + 1);
            TotalBytes += models == 0 ? pack.Length : 0;
        }

        foreach (var tensor in model.Tensors)
        {
            _tensors[tensor.Sha256] = new Place(model.Packs[tensor.Pack], tensor.Offset);
        }

        Seen();
    }

    /// <summary>Returns a tensor's location, or null if no pack has the tensor or the pack is missing.</summary>
    public Place? Find(ByteString sha256) =>
        _tensors.TryGetValue(sha256, out var place) && IsThere(place.Pack) ? place : null;

    /// <summary>Returns the models in the form that <see cref="Removal"/> needs.</summary>
    public IReadOnlyCollection<StoredUse> Uses(HashSet<string> inUse) =>
        [.. _models.Select(each => new StoredUse(each.Key, each.Value.Bytes,
            [.. each.Value.Packs.Select(Name)], File.GetLastWriteTimeUtc(layout.Graph(each.Key)),
            inUse.Contains(each.Key)))];

    /// <summary>Returns the packs that models need, with their sizes.</summary>
    public IReadOnlyDictionary<string, long> Packs() =>
        _packs.Values.ToDictionary(use => Name(use.Pack), use => use.Pack.Length);

    /// <summary>Returns the models that are in the format of another version of this program and not in use.</summary>
    public IReadOnlyList<string> Outdated(HashSet<string> inUse) =>
        [.. _models.Where(each => each.Value.IsOutdated && !inUse.Contains(each.Key)).Select(each => each.Key)];

    /// <summary>Deletes models, and the packs that no remaining model needs.</summary>
    public void Remove(IReadOnlyList<string> keys)
    {
        foreach (var key in keys)
        {
            File.Delete(layout.Graph(key));
            Forget(key);
        }

        var needed = Packs();
        foreach (var path in Directory.GetFiles(layout.Packs))
        {
            if (!needed.ContainsKey(Path.GetFileNameWithoutExtension(path)))
            {
                File.Delete(path);
            }
        }

        ForgetTensorsWithoutPack();
        Seen();
    }

    private static string Name(StoredPack pack) => Convert.ToHexStringLower(pack.Sha256.Span);

    private void Seen() => _readAt = Directory.GetLastWriteTimeUtc(layout.Graphs);

    private void Read(string key)
    {
        try
        {
            if (StoredModelFile.Read(layout.Graph(key)) is { } model)
            {
                Add(model);
            }
        }
        catch (DamagedException damaged)
        {
            File.Delete(damaged.DamagedPath);
        }
    }

    private void Forget(string key)
    {
        if (!_models.Remove(key, out var model))
        {
            return;
        }

        TotalBytes -= model.Bytes;
        foreach (var pack in model.Packs)
        {
            var (kept, models) = _packs[pack.Sha256];
            if (models > 1)
            {
                _packs[pack.Sha256] = (kept, models - 1);
                continue;
            }

            _packs.Remove(pack.Sha256);
            TotalBytes -= kept.Length;
        }
    }

    private void ForgetTensorsWithoutPack()
    {
        foreach (var (sha256, place) in _tensors.ToList())
        {
            if (!_packs.ContainsKey(place.Pack.Sha256))
            {
                _tensors.Remove(sha256);
            }
        }
    }

    private bool IsThere(StoredPack pack)
    {
        var file = new FileInfo(layout.Pack(pack.Sha256.Span));
        return file.Exists && file.Length == pack.Length;
    }
}
