using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx;

/// <summary>
/// Loads ONNX models into this process. Make it before anything else touches ONNX Runtime: it sets the one thread pool
/// that all models share. Thread-safe.
/// </summary>
public sealed class OnnxBackendFactory : IBackendFactory
{
    internal const string BackendType = "onnx";
    private readonly OnnxOptions _options;

    /// <exception cref="InvalidOperationException">ONNX Runtime runs already, with other settings.</exception>
    public OnnxBackendFactory(OnnxOptions options)
    {
        _options = options;
        OnnxEnvironment.Start(options.IntraOpThreads);
    }

    public string Type => BackendType;

    public Task<Outcome<IBackend>> CreateAsync(
        ModelDescriptor descriptor, ModelFiles files, Manifest manifest, CancellationToken cancellationToken) =>
        Task.Run(() => Create(descriptor.Name, files, manifest, cancellationToken), cancellationToken);

    private Outcome<IBackend> Create(
        ModelName name, ModelFiles files, Manifest manifest, CancellationToken cancellationToken)
    {
        if (files.OnnxPath is null)
            return new Refusal(ErrorCode.InvalidModel, $"Model '{name}' has no model.onnx, and its manifest says that "
                + "it is run here: publish both in one archive, or set backend.type.");
        if (OnnxFile.FindProblem(name, files.OnnxPath, _options.MaxModelBytes) is { } refusal)
            return refusal;
        cancellationToken.ThrowIfCancellationRequested();
        if (!Load(name, files.OnnxPath, manifest, cancellationToken).TryGet(out var model, out refusal))
            return refusal;
        return new OnnxBackend(name, model, manifest, _options.MaxBatch, new FileInfo(files.OnnxPath).Length);
    }

    private static Outcome<OnnxModel> Load(
        ModelName name, string path, Manifest manifest, CancellationToken cancellationToken)
    {
        InferenceSession? session = null;
        try
        {
            using var settings = SessionSettings.Create(GraphOptimizationLevel.ORT_ENABLE_ALL);
            session = new InferenceSession(path, settings);
            if (!Signature.Of(name, session, manifest).TryGet(out var signature, out var refusal))
                return refusal;
            var model = new OnnxModel(session, signature, manifest.Input);
            if (!signature.OutputKnown && ProbeProblem(model, manifest, cancellationToken) is { } problem)
                return new Refusal(ErrorCode.InvalidModel, $"model.onnx of model '{name}' {problem}.");
            session = null;
            return model;
        }
        catch (OnnxRuntimeException exception)
        {
            return new Refusal(ErrorCode.InvalidModel, $"model.onnx of model '{name}' cannot be loaded by ONNX Runtime "
                + $"{OrtEnv.Instance().GetVersionString()} ({RuntimeMessage.Of(exception)}): export it again, "
                + "for instance with an older opset.");
        }
        finally
        {
            session?.Dispose();
        }
    }

    /// <summary>Where the file leaves the number of scores open, one run on a black image tells it.</summary>
    private static string? ProbeProblem(OnnxModel model, Manifest manifest, CancellationToken cancellationToken)
    {
        using var tensors = new TensorBatch(manifest.Input, 1);
        tensors.Row(0).Clear();
        var scores = model.Run(tensors.Address, 1, cancellationToken).Length;
        return scores == manifest.Labels.Count ? null : $"gives {scores} scores for an image, and the manifest has "
            + $"{manifest.Labels.Count} labels: list one label for each score in model.json";
    }
}
