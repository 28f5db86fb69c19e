using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// A session with the facts needed to run it. If the model turns out to share a part of its network with another model,
/// it switches to a shared session for that part and a session for the rest. Thread-safe. The owner disposes it after
/// the last run.
/// </summary>
/// <param name="time">Ends runs that take too long.</param>
/// <param name="source">Opens better forms of the model to switch to; null if the model stays as it is.</param>
internal sealed class OnnxModel(LoadedSession loaded, Signature signature, InputSpec input, TimeProvider time,
    ISessionSource? source = null) : IDisposable
{
    private readonly string[] _outputs = [signature.Output];
    private SessionInUse _session = new(loaded);
    private int _changing;
    private int _seenVersion = -1;

    /// <summary>True if a run may take more than one image.</summary>
    public bool FreeBatch => signature.FreeBatch;

    /// <summary>Number of output values per image.</summary>
    public int ScoresPerImage => signature.Scores
        ?? throw new InvalidOperationException("The number of scores is known only after a run.");

    /// <summary>Memory that only this model uses until it is disposed.</summary>
    public long PrivateBytes => Volatile.Read(ref _session).Loaded.PrivateBytes;

    /// <summary>Memory that a run takes until it ends.</summary>
    public RunMemory RunMemory => loaded.Run;

    /// <summary>The ID of the last trunk; null if there are no trunks.</summary>
    public string? Trunk => Volatile.Read(ref _session).Loaded.Trunks is [.., var last] ? last.Id : null;

    /// <inheritdoc cref="LoadedSession.OpenTime"/>
    public TimeSpan? OpenTime => Volatile.Read(ref _session).Loaded.OpenTime;

    /// <summary>Calls a function with the pages of mapped files that the model reads.</summary>
    public T OfPages<T>(Func<ModelPages, T> ask)
    {
        var session = Enter();
        try
        {
            return ask(new ModelPages(session.Loaded));
        }
        finally
        {
            session.Exit();
        }
    }

    /// <summary>Runs the rows that begin at an address. Returns the output's values, row by row.</summary>
    /// <param name="timeout">The run is stopped after this time, at the end of the current operator.</param>
    /// <exception cref="OnnxRuntimeException">The model cannot be run on these rows.</exception>
    /// <exception cref="RunTimeoutException">The run took longer.</exception>
    public float[] Run(nint firstRow, int rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var session = Enter();
        try
        {
            using var run = new TimedRun(timeout, time, cancellationToken);
            using var row = InputRows.Create(signature, input, firstRow, rows);
            Boundary? boundary = null;
            try
            {
                foreach (var trunk in session.Loaded.Trunks)
                {
                    var next = trunk.Run(run, boundary?.Value ?? row.Value);
                    boundary?.Dispose();
                    boundary = next;
                }

                return RunRest(session.Loaded, run, boundary?.Value ?? row.Value);
            }
            finally
            {
                boundary?.Dispose();
            }
        }
        finally
        {
            session.Exit();
        }
    }

    /// <summary>
    /// Runs rows of a micro-batch. Reuses the outputs of trunks from other models that have the same trunks, or keeps
    /// them for these models.
    /// </summary>
    /// <param name="shared">The outputs that models share; null if no other model runs these rows.</param>
    /// <inheritdoc cref="Run"/>
    public async ValueTask<float[]> RunAsync(TensorBatch tensors, int first, int rows, SharedRuns? shared,
        TimeSpan timeout, CancellationToken cancellationToken)
    {
        await ChangeAsync(cancellationToken);
        var firstRow = tensors.Address + ((nint)first * tensors.RowBytes);
        var session = Enter();
        try
        {
            if (shared is null || session.Loaded.Trunks.Count == 0)
            {
                return Run(firstRow, rows, timeout, cancellationToken);
            }

            Boundary? boundary = null;
            foreach (var trunk in session.Loaded.Trunks)
            {
                var before = boundary;
                boundary = await shared.GetAsync(
                    (trunk.Hash, tensors, first, rows), () => RunTrunk(trunk, before), kept => kept.Bytes);
                if (boundary is null)
                {
                    return Run(firstRow, rows, timeout, cancellationToken);
                }
            }

            using var run = new TimedRun(timeout, time, cancellationToken);
            return RunRest(session.Loaded, run, boundary!.Value);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The caller that ran the trunk was canceled, but this one was not.
            return Run(firstRow, rows, timeout, cancellationToken);
        }
        finally
        {
            session.Exit();
        }

        Boundary RunTrunk(Trunk trunk, Boundary? before)
        {
            using var run = new TimedRun(timeout, time, cancellationToken);
            if (before is not null)
            {
                return trunk.Run(run, before.Value);
            }

            using var row = InputRows.Create(signature, input, firstRow, rows);
            return trunk.Run(run, row.Value);
        }
    }

    public void Dispose() => _session.Close();

    private float[] RunRest(LoadedSession session, TimedRun run, OrtValue value)
    {
        using var running = session.Pages.BeginRun();
        using var results = run.Run(session.Session, [session.Session.InputNames[0]], value, _outputs);
        return ScoreOutput.Read(results[0], signature.OutputType);
    }

    /// <summary>
    /// Switches to a better form if there is one. Runs in progress keep their session, and the last of them frees it.
    /// </summary>
    private async ValueTask ChangeAsync(CancellationToken cancellationToken)
    {
        if (source is null || source.Version == Volatile.Read(ref _seenVersion)
            || Interlocked.Exchange(ref _changing, 1) == 1)
        {
            return;
        }

        try
        {
            var version = source.Version;
            var current = Volatile.Read(ref _session).Loaded;
            if (await source.OpenAsync(current, cancellationToken) is { } better)
            {
                Interlocked.Exchange(ref _session, new SessionInUse(better)).Close();
            }

            Volatile.Write(ref _seenVersion, version);
        }
        finally
        {
            Volatile.Write(ref _changing, 0);
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

    /// <summary>A session that is disposed once it is closed and its last run has ended.</summary>
    private sealed class SessionInUse(LoadedSession loaded)
    {
        private readonly UseCount _uses = new();

        public LoadedSession Loaded => loaded;

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
