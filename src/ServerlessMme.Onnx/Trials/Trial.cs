using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Memory;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx.Trials;

/// <summary>
/// Opens and runs, in this process, a model that was never loaded on this machine: optimises it into a folder, compares
/// it with its manifest, runs it on noise, and measures what a run takes.
/// </summary>
/// <param name="folder">An empty folder; null when the optimised model isn't kept.</param>
internal sealed class Trial(ModelName name, Manifest manifest, string onnxPath, string? folder, SessionOpening opening,
    TimeSpan runTimeout, TimeProvider time)
{
    /// <summary>Images of the run that tells what further images take.</summary>
    private const int MeasuredImages = 4;

    /// <summary>A batch of larger images is not measured.</summary>
    private const long LargestMeasuredImage = 16 << 20;

    /// <summary>A run slower than this part of its timeout is not repeated.</summary>
    private const int Slow = 10;

    private string? _trouble;

    /// <param name="measure">True in a process that does nothing else.</param>
    /// <param name="reached">Called after each step.</param>
    public TrialReport Run(bool measure, Action<TrialStep> reached, CancellationToken cancellationToken)
    {
        try
        {
            return TryRun(measure, reached, cancellationToken);
        }
        catch (OnnxRuntimeException exception) when (RuntimeMessage.IsOutOfMemory(exception))
        {
            return new TrialReport(TrialEnd.OutOfMemory) { Detail = RuntimeMessage.Of(exception) };
        }
        catch (OutOfMemoryException)
        {
            return new TrialReport(TrialEnd.OutOfMemory) { Detail = "out of memory" };
        }
        catch (RunTimeoutException)
        {
            return new TrialReport(TrialEnd.RunTimeout);
        }
        catch (LoadTimeoutException)
        {
            return new TrialReport(TrialEnd.LoadTimeout);
        }
        catch (OnnxRuntimeException exception)
        {
            return TrialReport.Refuse(LoadRefusals.NotLoadable(name, exception));
        }
    }

    private TrialReport TryRun(bool measure, Action<TrialStep> reached, CancellationToken cancellationToken)
    {
        var optimised = TryOptimise();
        using var session = optimised ?? Plain();
        reached(TrialStep.Loaded);
        if (!Signature.Of(name, session, manifest).TryGet(out var signature, out var refusal))
        {
            return TrialReport.Refuse(refusal);
        }

        var model = Model(session, signature);
        TrialRun run;
        try
        {
            run = RunOnce(model, 1, measure, cancellationToken);
        }
        catch (OnnxRuntimeException exception) when (!RuntimeMessage.IsOutOfMemory(exception))
        {
            // It may be for this image only, so nothing is said against the model.
            return new TrialReport(TrialEnd.Passed) { Detail = RuntimeMessage.Of(exception) };
        }

        if (signature.Scores is null && ScoreOutput.FindMisfit(name, manifest, run.Scores.Length) is { } misfit)
        {
            return TrialReport.Refuse(misfit);
        }

        if (optimised is null || !TryRewriteDense())
        {
            return Passed(optimised is not null, run, Measure(model, run, reached, cancellationToken));
        }

        // First, because both would not fit.
        session.Dispose();
        reached(TrialStep.Reopening);
        if (TryRewritten(signature, run, measure, reached, cancellationToken) is { } rewritten)
        {
            return rewritten;
        }

        OptimisedModel.DropRewritten(folder!);
        return Passed(isStored: true, run, run.Bytes is { } bytes ? RunMemory.Measured(bytes, bytes) : null);
    }

    /// <summary>Null when the rewritten model can't be used, and the one before it is kept.</summary>
    private TrialReport? TryRewritten(Signature signature, TrialRun before, bool measure, Action<TrialStep> reached,
        CancellationToken cancellationToken)
    {
        try
        {
            using var session = OptimisedModel.CreateRewritten(folder!, opening);
            reached(TrialStep.Loaded);
            var model = Model(session, signature);
            var run = RunOnce(model, 1, measure, cancellationToken);
            return Probe.Same(before.Scores, run.Scores)
                ? Passed(isStored: true, run, Measure(model, run, reached, cancellationToken))
                : null;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or OutOfMemoryException
            or RunTimeoutException or LoadTimeoutException)
        {
            return null;
        }
    }

    /// <summary>What goes wrong costs speed, not the model.</summary>
    private bool TryRewriteDense()
    {
        try
        {
            return OptimisedModel.RewriteDense(folder!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private TrialReport Passed(bool isStored, TrialRun run, RunMemory? memory) => new(TrialEnd.Passed)
    {
        Detail = _trouble,
        IsStored = isStored,
        Scores = run.Scores,
        Run = memory,
    };

    private OnnxModel Model(InferenceSession session, Signature signature) =>
        new(new LoadedSession(session, 0, default, []), signature, manifest.Input, time);

    private InferenceSession Plain()
    {
        using var settings = SessionSettings.Create(GraphOptimizationLevel.ORT_ENABLE_ALL, prePack: false);
        return opening.Open(onnxPath, settings);
    }

    /// <summary>Null when the runtime refuses, be it for the model or for the disk: a plain load tells which.</summary>
    private InferenceSession? TryOptimise()
    {
        if (folder is null)
        {
            return null;
        }

        try
        {
            return OptimisedModel.Create(onnxPath, folder, opening);
        }
        catch (OnnxRuntimeException exception) when (!RuntimeMessage.IsOutOfMemory(exception))
        {
            _trouble = RuntimeMessage.Of(exception);
            return null;
        }
    }

    /// <summary>Measures again without what only the first run allocates, and then several images.</summary>
    private RunMemory? Measure(
        OnnxModel model, TrialRun run, Action<TrialStep> reached, CancellationToken cancellationToken)
    {
        if (run.Bytes is not { } first)
        {
            return null;
        }

        if (run.Took > runTimeout / Slow)
        {
            return RunMemory.Measured(first, first);
        }

        reached(TrialStep.Ran);
        try
        {
            first = RunOnce(model, 1, measure: true, cancellationToken).Bytes ?? first;
            if (!model.FreeBatch || manifest.Input.ByteCount > LargestMeasuredImage)
            {
                return RunMemory.Measured(first, first);
            }

            reached(TrialStep.Ran);
            var all = RunOnce(model, MeasuredImages, measure: true, cancellationToken).Bytes ?? MeasuredImages * first;
            return RunMemory.Measured(first, (all - first) / (MeasuredImages - 1));
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or RunTimeoutException)
        {
            // Several images at once are more than it can do.
            return RunMemory.Measured(first, first);
        }
    }

    private TrialRun RunOnce(
        OnnxModel model, int images, bool measure, CancellationToken cancellationToken)
    {
        using var probe = new Probe(manifest.Input, images);
        var started = time.GetTimestamp();
        float[] scores = [];
        long? bytes = null;
        if (measure)
        {
            bytes = ProcessMemory.PeakOf(Run);
        }
        else
        {
            Run();
        }

        return new TrialRun(scores, bytes, time.GetElapsedTime(started));

        void Run() => scores = probe.Run(model, runTimeout, cancellationToken);
    }

    /// <param name="Bytes">The most that the run took; null when it was not measured.</param>
    private sealed record TrialRun(float[] Scores, long? Bytes, TimeSpan Took);
}
