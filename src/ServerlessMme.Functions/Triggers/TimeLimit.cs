namespace ServerlessMme.Functions.Triggers;

/// <summary>
/// Our own time limit. It stops one piece of work before the host's limit ends the whole process.
/// </summary>
internal static class TimeLimit
{
    /// <exception cref="TimeoutException">The work was stopped at the limit.</exception>
    public static async Task RunAsync(
        TimeSpan limit, TimeProvider time, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            await work(stopping.Token);
        }
        catch (OperationCanceledException exception)
            when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The operation took longer than {limit} (Mme:Triggers:TimeLimit).", exception);
        }
    }
}
