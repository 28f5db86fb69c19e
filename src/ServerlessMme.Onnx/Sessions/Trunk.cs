using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// The right to run a part of a network that several models share. The session is freed with the last of these models.
/// </summary>
/// <param name="hash">
/// SHA-256 of the trunk's computation, from the input on, in hexadecimal digits. Equal for trunks with the same output.
/// </param>
/// <param name="pages">The pages of mapped files that the session reads.</param>
/// <param name="release">Called once, when the trunk is disposed.</param>
internal sealed class Trunk(string hash, InferenceSession session, SessionPages pages, Action release) : IDisposable
{
    private const int IdLength = 12;
    private readonly string[] _input = [session.InputNames[0]];
    private int _disposed;

    public string Hash => hash;

    /// <summary>The first digits of the hash, for display.</summary>
    public string Id { get; } = hash[..IdLength];

    public InferenceSession Session => session;

    public SessionPages Pages => pages;

    /// <summary>Runs the trunk. The caller owns the output.</summary>
    public Boundary Run(TimedRun run, OrtValue input)
    {
        using var running = pages.BeginRun();
        return new Boundary(run.Run(session, _input, input, session.OutputNames));
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            release();
        }
    }
}

/// <summary>The output of a trunk, which the next part reads.</summary>
internal sealed class Boundary(IDisposableReadOnlyCollection<OrtValue> results) : IDisposable
{
    public OrtValue Value => results[0];

    /// <summary>Memory that the output takes, in bytes.</summary>
    public long Bytes => Value.GetTensorTypeAndShape().ElementCount * sizeof(float);

    public void Dispose() => results.Dispose();
}
