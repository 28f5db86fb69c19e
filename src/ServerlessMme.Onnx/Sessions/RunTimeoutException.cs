namespace ServerlessMme.Onnx.Sessions;

/// <summary>A run exceeded its time limit and was stopped.</summary>
internal sealed class RunTimeoutException(TimeSpan limit) : Exception($"The run took longer than {limit}.")
{
    public TimeSpan Limit => limit;
}
