namespace ServerlessMme.Integration.Tests.Running;

/// <summary>Waits for what another process does.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until there is an answer.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public static async Task<T> GetAsync<T>(TimeSpan atMost, string what, Func<Task<T?>> ask)
        where T : class
    {
        using var timer = new PeriodicTimer(Interval);
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            if (TimeProvider.System.GetElapsedTime(deadline) > atMost)
            {
                throw new TimeoutException($"Not in {atMost}: {what}");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
