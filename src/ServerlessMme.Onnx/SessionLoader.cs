using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Tracing;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Trials;

namespace ServerlessMme.Onnx;

/// <summary>
/// Loads a model from the tensor store if it is there. Otherwise inspects and tries the artifact's model, and adds it
/// to the store. If the store fails, the model still loads, but takes more memory and time. Thread-safe.
/// </summary>
/// <param name="freed">Called when a load has freed its temporary memory.</param>
internal sealed class SessionLoader(
    OnnxOptions options, TensorStore? store, TrialRunner trials, TimeProvider time, ILogger logger, Action freed)
{
    public async Task<Outcome<OnnxModel>> LoadAsync(ModelName name, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(name, files, manifest, allowance, cancellationToken);
        }
        finally
        {
            // Half of the heap after a load is memory that only the load needed.
            freed();
        }
    }

    private async Task<Outcome<OnnxModel>> OpenAsync(ModelName name, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken)
    {
        if (files.OnnxPath is null)
        {
            return new Refusal(ErrorCode.InvalidModel, $"Model '{name}' has no model.onnx, which its backend "
                + $"'{OnnxBackendFactory.BackendType}' requires. Publish model.onnx together with model.json, or set "
                + "backend.type in model.json to another backend.");
        }

        try
        {
            var key = store is null ? null : StoreKey.Of(files.Digest);
            if (key is not null && TryOpen(name, key) is { } stored)
            {
                return Bind(name, stored, manifest, cancellationToken, Source(name, key, manifest));
            }

            if (!OnnxFile.Read(name, files.OnnxPath, options.MaxModelBytes).TryGet(out var outline, out var refusal))
            {
                return refusal;
            }

            cancellationToken.ThrowIfCancellationRequested();
            using var file = ExtendedFile.Of(files.OnnxPath, ZipMapOutputs.Suffix(outline));
            if (key is null && !trials.HasProcesses)
            {
                var estimate = RunMemory.Estimate(manifest.Input).AtMost(allowance.MaxRunBytes);
                return Bind(name, Plain(file.FullName, estimate, allowance), manifest, cancellationToken);
            }

            return await TryAsync(name, key, files, file.FullName, manifest, allowance, cancellationToken);
        }
        catch (LoadTimeoutException exception)
        {
            return LoadRefusals.TooSlowToLoad(name, exception.Limit);
        }
        catch (RunTimeoutException exception)
        {
            return LoadRefusals.TooSlowToRun(name, exception.Limit);
        }
        catch (OnnxRuntimeException exception) when (RuntimeMessage.IsOutOfMemory(exception))
        {
            return LoadRefusals.OutOfMemory(name, RuntimeMessage.Of(exception));
        }
        catch (OnnxRuntimeException exception)
        {
            return LoadRefusals.NotLoadable(name, exception);
        }
    }

    private LoadedSession? TryOpen(ModelName name, StoreKey key)
    {
        try
        {
            return store!.TryOpen(key);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogWithoutStore(name, exception.Message);
            return null;
        }
    }

    /// <summary>
    /// Tries the model. Then opens the optimized model that the trial wrote, or the file itself if it can't be stored.
    /// </summary>
    private async Task<Outcome<OnnxModel>> TryAsync(ModelName name, StoreKey? key, ModelFiles files, string onnxPath,
        Manifest manifest, LoadAllowance allowance, CancellationToken cancellationToken)
    {
        using var span = Spans.Start("optimize");
        var folder = key is null ? null : TryCreateFolder(name);
        try
        {
            var tried = await trials.RunAsync(
                name, manifest, files.ManifestPath, onnxPath, folder, allowance, cancellationToken);
            if (!tried.TryGet(out var report, out var refusal))
            {
                return refusal;
            }

            var run = report.Run ?? RunMemory.Estimate(manifest.Input).AtMost(allowance.MaxRunBytes);
            if (allowance.FindMisfit(name, run.Of(1)) is { } misfit)
            {
                return misfit;
            }

            if (key is not null && folder is not null
                && await TryAddAsync(name, key, folder, report, run, manifest, cancellationToken) is { } added)
            {
                return Bind(name, added, manifest, cancellationToken, Source(name, key, manifest));
            }

            return Bind(name, Plain(onnxPath, run, allowance), manifest, cancellationToken);
        }
        finally
        {
            TryDelete(folder);
        }
    }

    private async Task<LoadedSession?> TryAddAsync(ModelName name, StoreKey key, string folder, TrialReport report,
        RunMemory run, Manifest manifest, CancellationToken cancellationToken)
    {
        LoadedSession? added = null;
        var trouble = report.Detail;
        if (report is { IsStored: true, Scores: { } expected })
        {
            try
            {
                using var optimized = OptimizedModel.Read(folder);
                var probe = Probe(name, manifest, cancellationToken);
                added = await store!.AddAsync(key, optimized, run, expected, probe, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                trouble = exception.Message;
            }
            catch (OnnxRuntimeException exception)
            {
                trouble = RuntimeMessage.Of(exception);
            }
        }

        if (added is null)
        {
            LogWithoutStore(name, trouble ?? "the optimized model cannot be stored, or returns different scores");
        }

        return added;
    }

    private StoredModelSource Source(ModelName name, StoreKey key, Manifest manifest) =>
        new(store!, key, name, cancellation => Probe(name, manifest, cancellation), logger, freed);

    private ModelProbe Probe(ModelName name, Manifest manifest, CancellationToken cancellationToken) =>
        new(name, manifest, options.RunTimeout, time, cancellationToken);

    private string? TryCreateFolder(ModelName name)
    {
        try
        {
            return store!.NewFolder();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogWithoutStore(name, exception.Message);
            return null;
        }
    }

    private static void TryDelete(string? folder)
    {
        try
        {
            if (folder is not null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is deleted later, with the process's other temporary files.
        }
    }

    private LoadedSession Plain(string path, RunMemory run, LoadAllowance allowance) => SessionMemory.OfPlain.Measure(() =>
    {
        using var settings = SessionSettings.Create(GraphOptimizationLevel.ORT_ENABLE_ALL, prePack: false);
        return new LoadedSession(new SessionOpening(allowance.Time, time).Open(path, settings), 0, run, []);
    }, new FileInfo(path).Length, 0);

    private Outcome<OnnxModel> Bind(ModelName name, LoadedSession session, Manifest manifest,
        CancellationToken cancellationToken, ISessionSource? source = null)
    {
        OnnxModel? bound = null;
        try
        {
            if (!Signature.Of(name, session.First, session.Session, manifest)
                .TryGet(out var signature, out var refusal))
            {
                return refusal;
            }

            if (signature.Scores is null)
            {
                // The file doesn't specify the number of scores, so a run determines it.
                using var probe = new Probe(manifest.Input);
                var scores = probe.Run(
                    new OnnxModel(session, signature, manifest.Input, time), options.RunTimeout, cancellationToken);
                if (ScoreOutput.FindMisfit(name, manifest, scores.Length) is { } misfit)
                {
                    return misfit;
                }

                signature = signature with { Scores = scores.Length };
            }

            bound = new OnnxModel(session, signature, manifest.Input, time, source);
            return bound;
        }
        finally
        {
            if (bound is null)
            {
                session.Dispose();
            }
        }
    }

    private void LogWithoutStore(ModelName name, string reason) => logger.LogWarning(
        "Model {Model} is loaded without the tensor store, so its tensors take private memory ({Reason})",
        name, reason);
}
