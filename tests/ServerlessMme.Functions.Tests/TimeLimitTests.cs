using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Tests;

public sealed class TimeLimitTests
{
    [Fact(Timeout = 60_000)]
    public async Task Work_that_takes_too_long_is_stopped_and_says_so()
    {
        var time = new FakeTimeProvider();
        var running = TimeLimit.RunAsync(
            TimeSpan.FromMinutes(9), time, stopping => Task.Delay(Timeout.InfiniteTimeSpan, time, stopping),
            TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromMinutes(9));

        var timeout = await Assert.ThrowsAsync<TimeoutException>(() => running);
        Assert.Equal("The operation took longer than 00:09:00 (Mme:Triggers:TimeLimit).", timeout.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Host_that_stops_is_not_taken_for_a_timeout()
    {
        using var host = new CancellationTokenSource();
        var running = TimeLimit.RunAsync(
            TimeSpan.FromMinutes(9), TimeProvider.System,
            stopping => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping), host.Token);

        await host.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
