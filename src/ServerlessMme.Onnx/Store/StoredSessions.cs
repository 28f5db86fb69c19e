using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>Opens stored models, and marks them as in use until their sessions are disposed. Thread-safe.</summary>
internal sealed class StoredSessions(StoreLayout layout, StoreUser user, PackMaps maps, TimeProvider time)
{
    /// <inheritdoc cref="StoredSession.Open"/>
    public LoadedSession Open(StoredModel model)
    {
        user.Enter(model.Key);
        var started = time.GetTimestamp();
        var session = StoredSession.Open(layout, maps, model, () => user.Leave(model.Key));
        session.OpenTime = time.GetElapsedTime(started);
        return session;
    }

    /// <summary>Opens a model, and measures the memory it takes.</summary>
    /// <inheritdoc cref="StoredSession.Open"/>
    public LoadedSession Measure(StoredModel model) => SessionMemory.OfStored.Measure(
        () => Open(model), model.Graph.Length, model.Tensors.Sum(tensor => tensor.Length));

    /// <summary>Marks a model as in use until the result is disposed.</summary>
    public IDisposable Hold(string key)
    {
        user.Enter(key);
        return new Use(user, key);
    }

    /// <summary>Records the last use as the file's modification time, which other processes can read.</summary>
    public void Touch(string key)
    {
        try
        {
            File.SetLastWriteTimeUtc(layout.Graph(key), time.GetUtcNow().UtcDateTime);
        }
        catch (FileNotFoundException)
        {
            // The model was removed in the meantime. Mapped files stay readable, and the next load adds the model
            // again.
        }
    }

    private sealed class Use(StoreUser user, string key) : IDisposable
    {
        public void Dispose() => user.Leave(key);
    }
}
