using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// Runs sessions one after another, with one time limit for all of them. At the limit, the current run ends after its
/// current operator.
/// </summary>
internal sealed class TimedRun : IDisposable
{
    private readonly RunOptions _options = new();
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenRegistration _ending;
    private readonly CancellationTokenRegistration _cancelling;
    private readonly CancellationToken _cancellation;
    private readonly TimeSpan _timeout;

    public TimedRun(TimeSpan timeout, TimeProvider time, CancellationToken cancellation)
    {
        _timeout = timeout;
        _cancellation = cancellation;
        _deadline = new CancellationTokenSource(timeout, time);
        _ending = _deadline.Token.UnsafeRegister(Terminate, _options);
        _cancelling = cancellation.UnsafeRegister(Terminate, _options);
    }

    /// <summary>Runs a session. The caller disposes the outputs.</summary>
    /// <exception cref="OnnxRuntimeException">The session can't be run on this input.</exception>
    /// <exception cref="RunTimeoutException">The time limit has passed.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(
        InferenceSession session, string[] input, OrtValue value, IReadOnlyCollection<string> outputs)
    {
        try
        {
            return session.Run(_options, input, [value], outputs);
        }
        catch (OnnxRuntimeException) when (_cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(_cancellation);
        }
        catch (OnnxRuntimeException) when (_deadline.IsCancellationRequested)
        {
            throw new RunTimeoutException(_timeout);
        }
    }

    public void Dispose()
    {
        // Disposed first, because this waits for a running callback, which needs the options.
        _ending.Dispose();
        _cancelling.Dispose();
        _deadline.Dispose();
        _options.Dispose();
    }

    private static void Terminate(object? options) => ((RunOptions)options!).Terminate = true;
}
