using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>Opens stored models, which are in use from then on until their sessions are disposed. Thread-safe.</summary>
internal sealed class StoredSessions(StoreLayout layout, StoreUser user, PackMaps maps)
{
    /// <inheritdoc cref="StoredSession.Open"/>
    public LoadedSession Open(StoredModel model, bool packed)
    {
        user.Enter(model.Key);
        return StoredSession.Open(layout, maps, model, packed, () => user.Leave(model.Key));
    }

    /// <summary>Opens a model, and measures what it takes.</summary>
    /// <inheritdoc cref="StoredSession.Open"/>
    public LoadedSession Measure(StoredModel model, bool packed) => SessionMemory.Measure(
        () => Open(model, packed), model.Graph.Length, model.Tensors.Sum(tensor => tensor.Length));

    /// <summary>Says that a model is in use, until the result is disposed.</summary>
    public IDisposable Hold(string key)
    {
        user.Enter(key);
        return new Use(user, key);
    }

    private sealed class Use(StoreUser user, string key) : IDisposable
    {
        public void Dispose() => user.Leave(key);
    }
}
