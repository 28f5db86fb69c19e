using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Memory;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx.Trials;

/// <summary>
/// Tries a model that this machine has never loaded, in this process: optimizes it into a folder, compares it with its
/// manifest, runs it on noise, and measures the memory of a run.
/// </summary>
/// <param name="folder">An empty folder; null if the optimized model isn't kept.</param>
internal sealed class Trial(ModelName name, Manifest manifest, string onnxPath, string? folder, SessionOpening opening,
    TimeSpan runTimeout, TimeProvider time)
{
    /// <summary>Number of images in the run that measures the memory of additional images.</summary>
    private const int MeasuredImages = 4;

    /// <summary>Maximum size of an image's tensor, in bytes. Batches of larger images aren't measured.</summary>
    private const long LargestMeasuredImage = 16 << 20;

    /// <summary>A run isn't repeated if it takes more than the timeout divided by this number.</summary>
    private const int Slow = 10;

    private string? _trouble;

    /// <param name="measure">True if this process does nothing else, so its memory can be measured.</param>
    /// <param name="reached">Called after each step.</param>
    public TrialReport Run(bool measure, Action<TrialMessage> reached, CancellationToken cancellationToken)
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
            return new TrialReport(TrialEnd.OutOfMemory) { Detail = "the process ran out of memory" };
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

    private TrialReport TryRun(bool measure, Action<TrialMessage> reached, CancellationToken cancellationToken)
    {
        var optimized = TryOptimize();
        using var session = optimized ?? Plain();
        reached(new TrialMessage(TrialStep.Loaded));
        if (!Signature.Of(name, session, manifest).TryGet(out var signature, out var refusal))
        {
            return TrialReport.Refuse(refusal);
        }

        var model = Model(session, signature);
        TrialRuns runs;
        try
        {
            runs = RunAll(model, measure, reached, cancellationToken);
        }
        catch (OnnxRuntimeException exception) when (!RuntimeMessage.IsOutOfMemory(exception))
        {
            // The failure may be due to this image, so it isn't held against the model.
            return new TrialReport(TrialEnd.Passed) { Detail = RuntimeMessage.Of(exception) };
        }

        if (signature.Scores is null && ScoreOutput.FindMisfit(name, manifest, runs.Scores.Length) is { } misfit)
        {
            return TrialReport.Refuse(misfit);
        }

        var plain = Passed(optimized is not null, runs);
        if (optimized is null)
        {
            return plain;
        }

        // Disposed first, because the memory may be too small for both sessions.
        session.Dispose();
        reached(new TrialMessage(TrialStep.Reopening, plain));
        if (TryRewritten(signature, runs, measure, reached, cancellationToken) is { } rewritten)
        {
            return rewritten;
        }

        OptimizedModel.DropRewritten(folder!);
        return plain;
    }

    /// <summary>
    /// Tries the model with rewritten dense layers. Returns null if there are none, or if the rewritten model can't be
    /// used. The model then runs as it is, only slower.
    /// </summary>
    private TrialReport? TryRewritten(Signature signature, TrialRuns before, bool measure,
        Action<TrialMessage> reached, CancellationToken cancellationToken)
    {
        try
        {
            if (!OptimizedModel.RewriteDense(folder!))
            {
                return null;
            }

            using var session = OptimizedModel.CreateRewritten(folder!, opening);
            reached(new TrialMessage(TrialStep.Loaded));
            var runs = RunAll(Model(session, signature), measure, reached, cancellationToken);
            return Probe.Same(before.Scores, runs.Scores) && Probe.Same(before.BatchScores, runs.BatchScores)
                ? Passed(isStored: true, runs)
                : null;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or OutOfMemoryException
            or RunTimeoutException or LoadTimeoutException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private TrialReport Passed(bool isStored, TrialRuns runs) => new(TrialEnd.Passed)
    {
        Detail = _trouble,
        IsStored = isStored,
        Scores = runs.Scores,
        Run = runs.Memory,
    };

    private OnnxModel Model(InferenceSession session, Signature signature) =>
        new(new LoadedSession(session, 0, default, []), signature, manifest.Input, time);

    private InferenceSession Plain()
    {
        using var settings = SessionSettings.Create(GraphOptimizationLevel.ORT_ENABLE_ALL, prePack: false);
        return opening.Open(onnxPath, settings);
    }

    /// <summary>
    /// Optimizes the model into the folder. Returns null if the runtime fails, because of the model or the disk. A
    /// plain load shows which of them it is.
    /// </summary>
    private InferenceSession? TryOptimize()
    {
        if (folder is null)
        {
            return null;
        }

        try
        {
            return OptimizedModel.Create(onnxPath, folder, opening);
        }
        catch (OnnxRuntimeException exception) when (!RuntimeMessage.IsOutOfMemory(exception))
        {
            _trouble = RuntimeMessage.Of(exception);
            return null;
        }
    }

    /// <summary>
    /// Runs one image. If runs are measured, runs it again, because the first run allocates additional memory, and then
    /// runs several images.
    /// </summary>
    private TrialRuns RunAll(
        OnnxModel model, bool measure, Action<TrialMessage> reached, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (scores, peak) = RunOnce(model, 1, measure, cancellationToken);
        var isSlow = time.GetElapsedTime(started) > runTimeout / Slow;
        var memory = peak is { } bytes ? RunMemory.Measured(bytes, bytes) : (RunMemory?)null;
        if (!measure || isSlow)
        {
            return new TrialRuns(scores, [], memory);
        }

        try
        {
            reached(new TrialMessage(TrialStep.Ran));
            peak = RunOnce(model, 1, measure, cancellationToken).Bytes ?? peak;
            memory = peak is { } again ? RunMemory.Measured(again, again) : null;
            if (!model.FreeBatch || manifest.Input.ByteCount > LargestMeasuredImage)
            {
                return new TrialRuns(scores, [], memory);
            }

            reached(new TrialMessage(TrialStep.Ran));
            var (batch, all) = RunOnce(model, MeasuredImages, measure, cancellationToken);
            return new TrialRuns(scores, batch, peak is { } first && all is { } several
                ? RunMemory.Measured(first, (several - first) / (MeasuredImages - 1))
                : memory);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or RunTimeoutException)
        {
            // The model can't score several images at once.
            return new TrialRuns(scores, [], memory);
        }
    }

    private (float[] Scores, long? Bytes) RunOnce(
        OnnxModel model, int images, bool measure, CancellationToken cancellationToken)
    {
        using var probe = new Probe(manifest.Input, images);
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

        return (scores, bytes);

        void Run() => scores = probe.Run(model, runTimeout, cancellationToken);
    }

    /// <param name="Scores">Scores for one image.</param>
    /// <param name="BatchScores">Scores for several images in one run; empty if that wasn't tried or failed.</param>
    /// <param name="Memory">Memory of a run; null if it wasn't measured.</param>
    private sealed record TrialRuns(float[] Scores, float[] BatchScores, RunMemory? Memory);
}
