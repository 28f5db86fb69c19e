using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Processing;
using ServerlessMme.Testing.Logs;

namespace ServerlessMme.Core.Tests.Processing;

public sealed class PollBackoffTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedLog<QueueListener> _log = new();

    [Fact]
    public void Reads_that_fail_come_less_and_less_often_and_at_once_again_after_the_outage()
    {
        var backoff = Backoff(seconds: 1);

        var delays = Enumerable.Range(0, 6).Select(_ => Fail(backoff)).ToList();
        backoff.Succeed();

        Assert.Equal([1, 2, 4, 8, 15, 15], delays);
        Assert.Equal(1, Fail(backoff));
    }

    [Fact]
    public void Long_interval_gets_no_shorter()
    {
        var backoff = Backoff(seconds: 60);

        Assert.Equal([60, 60, 60], Enumerable.Range(0, 3).Select(_ => Fail(backoff)));
    }

    [Fact]
    public void Outage_is_logged_when_it_begins_and_when_it_is_over()
    {
        var backoff = Backoff(seconds: 1);
        backoff.Succeed();
        for (var i = 0; i < 10; i++)
        {
            Fail(backoff);
        }

        _time.Advance(TimeSpan.FromMinutes(10));
        backoff.Succeed();
        backoff.Succeed();

        Assert.Equal(
            ["The queue cannot be read; the worker keeps retrying", "The queue can be read again after 600 seconds"],
            _log.Texts);
    }

    private PollBackoff Backoff(int seconds) => new(TimeSpan.FromSeconds(seconds), _time, _log);

    private static double Fail(PollBackoff backoff) => backoff.Fail(new IOException("No answer.")).TotalSeconds;
}
