using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Trunks;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// A model that can be run: one session, or the trunks that it shares with others and a session for the rest. Holds what
/// must outlive them: the tensors that were passed to them, and the maps that those are in.
/// </summary>
/// <param name="session">Disposed first.</param>
/// <param name="privateBytes">Memory that the model keeps to itself, without the trunks.</param>
/// <param name="run">Memory that a run takes in addition.</param>
/// <param name="held">Disposed afterwards, the last one first.</param>
internal sealed class LoadedSession(
    InferenceSession session, long privateBytes, RunMemory run, IReadOnlyList<IDisposable> held) : IDisposable
{
    /// <summary>The whole model, or the part after the trunks.</summary>
    public InferenceSession Session => session;

    public long PrivateBytes => privateBytes;

    public RunMemory Run => run;

    /// <summary>Run first, each on the output of the one before it; none for a whole model.</summary>
    public IReadOnlyList<Trunk> Trunks { get; private init; } = [];

    /// <summary>Where the model may be cut, from the input on.</summary>
    public IReadOnlyList<CutPoint> Cuts { get; init; } = [];

    /// <summary>The pages of mapped files that <see cref="Session"/> reads.</summary>
    public SessionPages Pages { get; init; } = SessionPages.None;

    /// <summary>How long it took to open from disk, without the trunks; null when that wasn't measured.</summary>
    public TimeSpan? OpenTime { get; set; }

    /// <summary>The session that takes the images.</summary>
    public InferenceSession First => Trunks is [var trunk, ..] ? trunk.Session : session;

    /// <summary>The same session, with the memory it was found to take.</summary>
    public LoadedSession With(long measuredBytes, IReadOnlyList<CutPoint>? cuts = null) =>
        new(session, measuredBytes, run, held)
        {
            Trunks = Trunks,
            Cuts = cuts ?? Cuts,
            Pages = Pages,
            OpenTime = OpenTime,
        };

    /// <summary>The same session after trunks.</summary>
    /// <param name="outer">Belongs to the result, which disposes it last.</param>
    public LoadedSession Behind(
        IReadOnlyList<Trunk> trunks, IReadOnlyList<IDisposable> outer, IReadOnlyList<CutPoint> cuts) =>
        new(session, privateBytes, run, [.. outer, .. held])
        {
            Trunks = trunks,
            Cuts = cuts,
            Pages = Pages,
            OpenTime = OpenTime,
        };

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
