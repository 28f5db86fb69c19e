using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx;

/// <summary>
/// Loads a model: from the tensor store where there is one and it has the model, else from the artifact, which is
/// inspected first and goes into the store. A store that fails costs memory and time, never an answer. Thread-safe.
/// </summary>
/// <param name="freed">Called when a load has freed what it needed for a moment.</param>
internal sealed class SessionLoader(OnnxOptions options, TensorStore? store, ILogger logger, Action freed)
{
    public async Task<Outcome<OnnxModel>> LoadAsync(
        ModelName name, ModelFiles files, Manifest manifest, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(name, files, manifest, cancellationToken);
        }
        finally
        {
            // Half of what the heap holds after loads is what loading needed for a moment.
            freed();
        }
    }

    private async Task<Outcome<OnnxModel>> OpenAsync(
        ModelName name, ModelFiles files, Manifest manifest, CancellationToken cancellationToken)
    {
        if (files.OnnxPath is null)
        {
            return new Refusal(ErrorCode.InvalidModel, $"Model '{name}' has no model.onnx, and its manifest says that "
                + "it is run here: publish both in one archive, or set backend.type.");
        }

        try
        {
            var key = store is null ? null : StoreKey.Of(files.Digest);
            if (key is not null && TryOpen(name, key) is { } stored)
            {
                return Bind(name, stored, manifest, cancellationToken, () => TryOpenPacked(name, key));
            }

            if (!OnnxFile.Read(name, files.OnnxPath, options.MaxModelBytes).TryGet(out var outline, out var refusal))
            {
                return refusal;
            }

            cancellationToken.ThrowIfCancellationRequested();
            using var file = ExtendedFile.Of(files.OnnxPath, ZipMapOutputs.Suffix(outline));
            if (key is null)
            {
                return Bind(name, Plain(file.FullName), manifest, cancellationToken);
            }

            if (TryOptimise(file.FullName, out var trouble) is { } optimised)
            {
                return await AddAsync(name, key, optimised, manifest, cancellationToken);
            }

            var plain = Plain(file.FullName);
            LogWithoutStore(name, trouble);
            return Bind(name, plain, manifest, cancellationToken);
        }
        catch (OnnxRuntimeException exception) when (RuntimeMessage.IsOutOfMemory(exception))
        {
            return new Refusal(ErrorCode.OutOfMemory, $"There is not enough free memory to load model '{name}' "
                + $"({RuntimeMessage.Of(exception)}): unload other models, or run it on a machine with more memory.");
        }
        catch (OnnxRuntimeException exception)
        {
            return new Refusal(ErrorCode.InvalidModel, $"model.onnx of model '{name}' cannot be loaded by ONNX Runtime "
                + $"{OrtEnv.Instance().GetVersionString()} ({RuntimeMessage.Of(exception)}): export it again, "
                + "for instance with an older opset.");
        }
    }

    private LoadedSession? TryOpenPacked(ModelName name, StoreKey key)
    {
        var session = TryOpen(name, key, packed: true);
        freed();
        return session;
    }

    private LoadedSession? TryOpen(ModelName name, StoreKey key, bool packed = false)
    {
        try
        {
            return store!.TryOpen(key, packed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogWithoutStore(name, exception);
            return null;
        }
    }

    /// <summary>Null when the runtime refuses, be it for the model or for the disk: a plain load tells which.</summary>
    private OptimisedModel? TryOptimise(string path, out Exception? trouble)
    {
        trouble = null;
        try
        {
            return OptimisedModel.Create(path, store!.NewFolder());
        }
        catch (Exception exception) when (
            exception is OnnxRuntimeException or IOException or UnauthorizedAccessException)
        {
            trouble = exception;
            return null;
        }
    }

    private async Task<Outcome<OnnxModel>> AddAsync(ModelName name, StoreKey key, OptimisedModel optimised,
        Manifest manifest, CancellationToken cancellationToken)
    {
        using (optimised)
        {
            if (!Signature.Of(name, optimised.Session.Session, manifest).TryGet(out var signature, out var refusal))
            {
                return refusal;
            }

            using var probe = new Probe(manifest.Input);
            LoadedSession? added = null;
            try
            {
                var expected = probe.Run(Model(optimised.Session), cancellationToken);
                added = await store!.AddAsync(key, optimised,
                    session => Probe.Same(expected, probe.Run(Model(session), cancellationToken)), cancellationToken);
                if (added is null)
                {
                    LogWithoutStore(name, null);
                }
            }
            catch (Exception exception) when (
                exception is IOException or UnauthorizedAccessException or OnnxRuntimeException)
            {
                LogWithoutStore(name, exception);
            }

            return added is null
                ? Bind(name, optimised.TakeSession(), manifest, cancellationToken)
                : Bind(name, added, manifest, cancellationToken, () => TryOpenPacked(name, key));

            OnnxModel Model(LoadedSession session) => new(session, signature, manifest.Input);
        }
    }

    private static LoadedSession Plain(string path) => SessionMemory.Measure(() =>
    {
        using var settings = SessionSettings.Create(GraphOptimizationLevel.ORT_ENABLE_ALL, prePack: false);
        return new LoadedSession(new InferenceSession(path, settings), 0, []);
    }, new FileInfo(path).Length, 0);

    private static Outcome<OnnxModel> Bind(ModelName name, LoadedSession session, Manifest manifest,
        CancellationToken cancellationToken, Func<LoadedSession?>? openPacked = null)
    {
        OnnxModel? bound = null;
        try
        {
            if (!Signature.Of(name, session.Session, manifest).TryGet(out var signature, out var refusal))
            {
                return refusal;
            }

            if (signature.Scores is null)
            {
                // The file leaves the number of scores open, so one run has to tell.
                var unbound = new OnnxModel(session, signature, manifest.Input);
                var scores = CountScores(unbound, manifest, cancellationToken);
                if (!ScoreOutput.Fits(manifest, scores))
                {
                    return new Refusal(ErrorCode.InvalidModel, $"model.onnx of model '{name}' gives {scores} scores "
                        + $"for an image, and the manifest has {manifest.Labels.Count} labels: "
                        + $"{ScoreOutput.Advice(manifest, scores)}.");
                }

                signature = signature with { Scores = scores };
            }

            var model = new OnnxModel(session, signature, manifest.Input, openPacked);

            bound = model;
            return model;
        }
        finally
        {
            if (bound is null)
            {
                session.Dispose();
            }
        }
    }

    private static int CountScores(OnnxModel model, Manifest manifest, CancellationToken cancellationToken)
    {
        using var probe = new Probe(manifest.Input);
        return probe.Run(model, cancellationToken).Length;
    }

    private void LogWithoutStore(ModelName name, Exception? exception) => logger.LogWarning(
        "Model {Model} is loaded without the tensor store and takes memory of its own ({Reason})",
        name,
        exception switch
        {
            null => "it could not be stored",
            OnnxRuntimeException runtime => RuntimeMessage.Of(runtime),
            _ => exception.Message,
        });
}
