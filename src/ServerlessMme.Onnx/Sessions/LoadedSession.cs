using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>A session with what must outlive it: the tensors that were handed over, and the maps they lie in.</summary>
/// <param name="session">Disposed first.</param>
/// <param name="privateBytes">Memory that the session keeps to itself.</param>
/// <param name="run">What a run takes besides.</param>
/// <param name="held">Disposed afterwards, the last one first.</param>
internal sealed class LoadedSession(
    InferenceSession session, long privateBytes, RunMemory run, IReadOnlyList<IDisposable> held) : IDisposable
{
    public InferenceSession Session => session;

    public long PrivateBytes => privateBytes;

    public RunMemory Run => run;

    /// <summary>The same session, with the memory it was found to take.</summary>
    public LoadedSession With(long measuredBytes) => new(session, measuredBytes, run, held);

    public void Dispose()
    {
        session.Dispose();
        DisposeInReverse(held);
    }

    public static void DisposeInReverse(IReadOnlyList<IDisposable> held)
    {
        for (var i = held.Count - 1; i >= 0; i--)
        {
            held[i].Dispose();
        }
    }
}
