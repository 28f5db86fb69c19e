using Microsoft.Extensions.Logging;

namespace ServerlessMme.Functions.Triggers;

/// <summary>
/// Retries work within its invocation. The host waits minutes before it retries a message, because its wait is
/// constant and must outlast an outage. A fault that lasts seconds shouldn't cost minutes.
/// </summary>
internal static class QuickRetries
{
    private static readonly TimeSpan[] Delays = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)];

    /// <summary>Runs the work, and again after 1 and 4 seconds if it fails. Throws the last failure.</summary>
    /// <param name="latest">
    /// No retry starts later than this after the first try, so each retry has time to finish.
    /// </param>
    /// <param name="work">Receives false for the first try, and true for a retry.</param>
    public static async Task RunAsync(
        TimeSpan latest,
        TimeProvider time,
        ILogger logger,
        Func<bool, CancellationToken, Task> work,
        CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        for (var retries = 0; ; retries++)
        {
            try
            {
                await work(retries > 0, cancellationToken);
                return;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested
                && retries < Delays.Length
                && time.GetElapsedTime(start) + Delays[retries] < latest)
            {
                logger.LogWarning(
                    exception, "Attempt failed. Retrying in {Seconds} seconds", Delays[retries].TotalSeconds);
            }

            await Task.Delay(Delays[retries], time, cancellationToken);
        }
    }
}
