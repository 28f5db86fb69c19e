using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Functions.Tests.Support;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Tests;

public sealed class QuickRetriesTests
{
    private static readonly TimeSpan Latest = TimeSpan.FromMinutes(3);

    [Fact(Timeout = 60_000)]
    public async Task Work_that_fails_is_retried_twice_and_told_so()
    {
        var waits = new ShortWaits();
        var tries = new List<bool>();

        await Assert.ThrowsAsync<IOException>(() => RunAsync(waits, isRetry =>
        {
            tries.Add(isRetry);
            throw new IOException("The disk is full.");
        }));

        Assert.Equal([false, true, true], tries);
        Assert.Equal([1, 4], waits.Seen.Select(wait => wait.TotalSeconds));
    }

    [Fact(Timeout = 60_000)]
    public async Task Work_that_failed_late_is_left_to_the_host()
    {
        var time = new FakeTimeProvider();
        var tries = 0;

        await Assert.ThrowsAsync<IOException>(() => RunAsync(time, _ =>
        {
            tries++;
            time.Advance(Latest);
            throw new IOException("The disk is full.");
        }));

        Assert.Equal(1, tries);
    }

    [Fact(Timeout = 60_000)]
    public async Task Work_that_the_host_stops_is_not_retried()
    {
        using var host = new CancellationTokenSource();
        var tries = 0;

        await Assert.ThrowsAsync<IOException>(() => QuickRetries.RunAsync(
            Latest,
            new ShortWaits(),
            NullLogger.Instance,
            async (_, _) =>
            {
                tries++;
                await host.CancelAsync();
                throw new IOException("The connection was closed.");
            },
            host.Token));

        Assert.Equal(1, tries);
    }

    private static Task RunAsync(TimeProvider time, Func<bool, Task> work) => QuickRetries.RunAsync(
        Latest, time, NullLogger.Instance, (isRetry, _) => work(isRetry), TestContext.Current.CancellationToken);
}
