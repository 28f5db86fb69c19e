using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>Opens sessions within a time limit, which ONNX Runtime checks between its own steps.</summary>
/// <param name="timeout">Maximum time for opening a session; null if another process enforces the limit.</param>
internal sealed class SessionOpening(TimeSpan? timeout, TimeProvider time)
{
    /// <summary>Opens sessions without a time limit.</summary>
    public static SessionOpening Unlimited { get; } = new(null, TimeProvider.System);

    /// <exception cref="OnnxRuntimeException">The model cannot be loaded.</exception>
    /// <exception cref="LoadTimeoutException">Opening the model took too long.</exception>
    public InferenceSession Open(string path, SessionOptions settings)
    {
        if (timeout is not { } limit)
        {
            return new InferenceSession(path, settings);
        }

        using var deadline = new CancellationTokenSource(limit, time);
        using var ending = deadline.Token.UnsafeRegister(
            static settings => ((SessionOptions)settings!).SetLoadCancellationFlag(true), settings);
        try
        {
            return new InferenceSession(path, settings);
        }
        catch (OnnxRuntimeException) when (deadline.IsCancellationRequested)
        {
            throw new LoadTimeoutException(limit);
        }
    }
}

/// <summary>Opening a model exceeded its time limit and was stopped.</summary>
internal sealed class LoadTimeoutException(TimeSpan limit) : Exception($"Opening the model took longer than {limit}.")
{
    public TimeSpan Limit => limit;
}
