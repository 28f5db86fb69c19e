using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>Runs sessions of one model on an image of noise.</summary>
/// <param name="timeout">Maximum time for one run.</param>
internal sealed class ModelProbe(ModelName name, Manifest manifest, TimeSpan timeout, TimeProvider time,
    CancellationToken cancellation)
{
    /// <summary>Size of an image's tensor.</summary>
    public long InputBytes => manifest.Input.ByteCount;

    /// <summary>Returns true if the session returns these scores to within 1e-5.</summary>
    /// <exception cref="Microsoft.ML.OnnxRuntime.OnnxRuntimeException">The session can't be run.</exception>
    /// <exception cref="RunTimeoutException">A run takes too long.</exception>
    public bool IsSame(LoadedSession session, IReadOnlyList<float> scores)
    {
        if (!Signature.Of(name, session.First, session.Session, manifest).TryGet(out var signature, out _))
        {
            return false;
        }

        using var probe = new Probe(manifest.Input);
        var model = new OnnxModel(session, signature, manifest.Input, time);
        return Probe.Same([.. scores], probe.Run(model, timeout, cancellation));
    }

    /// <summary>
    /// Returns the values of outputs that contain sizes, or null if the session doesn't match the manifest.
    /// </summary>
    /// <inheritdoc cref="IsSame"/>
    public IReadOnlyList<long[]>? RunForSizes(LoadedSession session, IReadOnlyList<string> outputs)
    {
        if (!Signature.Of(name, session.Session, manifest).TryGet(out var signature, out _))
        {
            return null;
        }

        using var probe = new Probe(manifest.Input);
        using var run = new TimedRun(timeout, time, cancellation);
        using var row = InputRows.Create(signature, manifest.Input, probe.Address, 1);
        using var results = run.Run(session.Session, [signature.Input], row.Value, [.. outputs]);
        return [.. results.Select(sizes => sizes.GetTensorDataAsSpan<long>().ToArray())];
    }
}
