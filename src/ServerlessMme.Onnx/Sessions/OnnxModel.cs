using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// A session with what must be known to run it. A model that is used much changes to packed weights: opening with them
/// takes a millisecond more, which pays off after some fifty runs. Thread-safe; the owner disposes after the last run.
/// </summary>
/// <param name="time">Ends runs that take too long.</param>
/// <param name="openPacked">
/// Opens the model with packed weights; null when there are none. What is opened belongs to this object.
/// </param>
internal sealed class OnnxModel(LoadedSession loaded, Signature signature, InputSpec input, TimeProvider time,
    Func<LoadedSession?>? openPacked = null) : IDisposable
{
    /// <summary>Images after which a model counts as used much.</summary>
    internal const int ImagesUntilPacked = 64;

    private readonly string[] _inputs = [signature.Input];
    private readonly string[] _outputs = [signature.Output];
    private SessionInUse _session = new(loaded);
    private Func<LoadedSession?>? _openPacked = openPacked;
    private int _images;

    /// <summary>True when a run may take more than one image.</summary>
    public bool FreeBatch => signature.FreeBatch;

    /// <summary>Values of the output per image.</summary>
    public int ScoresPerImage => signature.Scores
        ?? throw new InvalidOperationException("The number of scores is known only after a run.");

    /// <summary>Memory that the model keeps to itself until it is disposed.</summary>
    public long PrivateBytes => loaded.PrivateBytes;

    /// <summary>Memory that a run takes until it ends.</summary>
    public RunMemory RunMemory => loaded.Run;

    /// <summary>Runs the rows that begin at an address; the output's values, row by row.</summary>
    /// <param name="timeout">
    /// The run is ended after this long, at the end of the operator that is running then.
    /// </param>
    /// <exception cref="OnnxRuntimeException">The model cannot be run on them.</exception>
    /// <exception cref="RunTimeoutException">The run took longer.</exception>
    public float[] Run(nint firstRow, int rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_openPacked is not null && Interlocked.Add(ref _images, rows) > ImagesUntilPacked)
        {
            Pack();
        }

        using var options = new RunOptions();
        using var deadline = new CancellationTokenSource(timeout, time);
        // Disposed first, which waits for a callback that is running: the options must still be there for it.
        using var cancelling = cancellationToken.UnsafeRegister(Terminate, options);
        using var ending = deadline.Token.UnsafeRegister(Terminate, options);
        using var row = InputRows.Create(signature, input, firstRow, rows);
        var session = Enter();
        try
        {
            using var results = session.Session.Run(options, _inputs, [row.Value], _outputs);
            return ScoreOutput.Read(results[0], signature.OutputType);
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OnnxRuntimeException) when (deadline.IsCancellationRequested)
        {
            throw new RunTimeoutException(timeout);
        }
        finally
        {
            session.Exit();
        }
    }

    public void Dispose() => _session.Close();

    private static void Terminate(object? options) => ((RunOptions)options!).Terminate = true;

    /// <summary>Runs that go on keep the session that they began with, and free it with the last of them.</summary>
    private void Pack()
    {
        if (Interlocked.Exchange(ref _openPacked, null)?.Invoke() is { } packed)
        {
            Interlocked.Exchange(ref _session, new SessionInUse(packed)).Close();
        }
    }

    private SessionInUse Enter()
    {
        while (true)
        {
            var session = Volatile.Read(ref _session);
            if (session.TryEnter())
            {
                return session;
            }

            ObjectDisposedException.ThrowIf(session == Volatile.Read(ref _session), this);
        }
    }

    /// <summary>A session that is disposed after it was closed and its last run has ended.</summary>
    private sealed class SessionInUse(LoadedSession loaded)
    {
        private readonly UseCount _uses = new();

        public InferenceSession Session => loaded.Session;

        public bool TryEnter() => _uses.TryEnter();

        public void Exit()
        {
            if (_uses.Exit())
            {
                loaded.Dispose();
            }
        }

        public void Close()
        {
            if (_uses.Close())
            {
                loaded.Dispose();
            }
        }
    }
}
