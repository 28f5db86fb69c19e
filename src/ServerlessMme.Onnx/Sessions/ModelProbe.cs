using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Inspection;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>Runs sessions of one model on an image of noise.</summary>
/// <param name="timeout">Longest time for one run.</param>
internal sealed class ModelProbe(ModelName name, Manifest manifest, TimeSpan timeout, TimeProvider time,
    CancellationToken cancellation)
{
    /// <summary>The scores; null for sessions that don't fit the manifest.</summary>
    /// <exception cref="Microsoft.ML.OnnxRuntime.OnnxRuntimeException">It can't be run.</exception>
    /// <exception cref="RunTimeoutException">It takes too long.</exception>
    public float[]? Run(LoadedSession session)
    {
        if (!Signature.Of(name, session.First, session.Session, manifest).TryGet(out var signature, out _))
        {
            return null;
        }

        using var probe = new Probe(manifest.Input);
        return probe.Run(new OnnxModel(session, signature, manifest.Input, time), timeout, cancellation);
    }

    /// <summary>The values of outputs that hold sizes; null for a session that doesn't fit the manifest.</summary>
    /// <inheritdoc cref="Run"/>
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
