namespace ServerlessMme.Onnx.Sessions;

/// <summary>A run took longer than it was allowed, and was ended.</summary>
internal sealed class RunTimeoutException(TimeSpan limit) : Exception($"The run took longer than {limit}.")
{
    public TimeSpan Limit => limit;
}
