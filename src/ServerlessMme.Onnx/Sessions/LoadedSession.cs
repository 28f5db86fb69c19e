using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Trunks;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// A model that can be run: one session, or the trunks that it shares with other models and a session for the rest.
/// Holds the objects that must outlive the sessions: the tensors that were passed to them, and the maps that contain
/// these tensors.
/// </summary>
/// <param name="session">Disposed first.</param>
/// <param name="privateBytes">Memory that only this model uses, without the trunks.</param>
/// <param name="run">Memory that a run takes in addition.</param>
/// <param name="held">Disposed after the session, in reverse order.</param>
internal sealed class LoadedSession(
    InferenceSession session, long privateBytes, RunMemory run, IReadOnlyList<IDisposable> held) : IDisposable
{
    /// <summary>The whole model, or the part after the trunks.</summary>
    public InferenceSession Session => session;

    public long PrivateBytes => privateBytes;

    public RunMemory Run => run;

    /// <summary>The trunks, which run first, each on the output of the previous one. Empty for a whole model.</summary>
    public IReadOnlyList<Trunk> Trunks { get; private init; } = [];

    /// <summary>Where the model may be cut, from the input on.</summary>
    public IReadOnlyList<CutPoint> Cuts { get; init; } = [];

    /// <summary>The pages of mapped files that <see cref="Session"/> reads.</summary>
    public SessionPages Pages { get; init; } = SessionPages.None;

    /// <summary>How long it took to open from disk, without the trunks; null if that wasn't measured.</summary>
    public TimeSpan? OpenTime { get; set; }

    /// <summary>The session that takes the images.</summary>
    public InferenceSession First => Trunks is [var trunk, ..] ? trunk.Session : session;

    /// <summary>Returns the same session with its measured memory.</summary>
    public LoadedSession With(long measuredBytes, IReadOnlyList<CutPoint>? cuts = null) =>
        new(session, measuredBytes, run, held)
        {
            Trunks = Trunks,
            Cuts = cuts ?? Cuts,
            Pages = Pages,
            OpenTime = OpenTime,
        };

    /// <summary>Returns the same session, to be run after trunks.</summary>
    /// <param name="outer">Objects that the result owns and disposes last.</param>
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
