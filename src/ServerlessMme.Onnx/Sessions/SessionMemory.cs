using ServerlessMme.Onnx.Memory;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>Measures what a session takes from the heap. Thread-safe.</summary>
internal static class SessionMemory
{
    private const long LeastBytes = 32 << 10;
    private static readonly Lock Gate = new();

    /// <summary>
    /// Opens a session and measures the memory it takes. Measured loads wait for each other. Runs of other models
    /// continue and blur the figure, so it is limited to what the model's size makes likely.
    /// </summary>
    /// <param name="heldBytes">Its minimum: the graph, and tensors that are not mapped.</param>
    /// <param name="mappedBytes">Tensors that are mapped, of which it may make copies.</param>
    public static LoadedSession Measure(Func<LoadedSession> open, long heldBytes, long mappedBytes)
    {
        lock (Gate)
        {
            var before = NativeHeap.AllocatedBytes();
            var session = open();
            var taken = NativeHeap.AllocatedBytes() - before ?? 0;
            var least = LeastBytes + heldBytes;
            return session.With(Math.Clamp(taken, least, (8 * least) + mappedBytes));
        }
    }
}
