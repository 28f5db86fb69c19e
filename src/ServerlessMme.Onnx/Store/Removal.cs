namespace ServerlessMme.Onnx.Store;

/// <summary>The facts about a model that the store uses to choose what to remove.</summary>
internal sealed record StoredUse(
    string Key, long Bytes, IReadOnlyList<string> Packs, DateTimeOffset LastUse, bool InUse);

/// <summary>Chooses the models to remove from a store that is too large.</summary>
internal static class Removal
{
    /// <summary>
    /// Chooses the least recently used models whose removal brings the store down to the cap, or as close to it as
    /// possible. Models in use stay. A pack is removed with the last model that uses it.
    /// </summary>
    public static IReadOnlyList<string> Choose(
        IReadOnlyCollection<StoredUse> models, IReadOnlyDictionary<string, long> packBytes, long capBytes)
    {
        var sharing = new Dictionary<string, int>();
        foreach (var pack in models.SelectMany(model => model.Packs))
        {
            sharing[pack] = sharing.GetValueOrDefault(pack) + 1;
        }

        var total = models.Sum(model => model.Bytes) + sharing.Keys.Sum(packBytes.GetValueOrDefault);
        var removed = new List<string>();
        foreach (var model in models.Where(model => !model.InUse).OrderBy(model => model.LastUse))
        {
            if (total <= capBytes)
            {
                break;
            }

            removed.Add(model.Key);
            total -= model.Bytes;
            foreach (var pack in model.Packs)
            {
                if (--sharing[pack] == 0)
                {
                    total -= packBytes.GetValueOrDefault(pack);
                }
            }
        }

        return removed;
    }
}
