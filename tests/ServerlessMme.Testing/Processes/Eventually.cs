namespace ServerlessMme.Testing.Processes;

/// <summary>Waits for something that another process does.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again and again until there is an answer.</summary>
    /// <param name="interval">Between two questions; 50 milliseconds if left out.</param>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    public static async Task<T> GetAsync<T>(
        TimeSpan atMost, string what, Func<Task<T?>> ask, TimeSpan? interval = null)
        where T : class
    {
        using var timer = new PeriodicTimer(interval ?? Interval);
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            if (TimeProvider.System.GetElapsedTime(start) > atMost)
            {
                throw new TimeoutException($"No {what} within {atMost}.");
            }

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
