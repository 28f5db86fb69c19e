using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Tests.Queues;

public sealed class QueueOptionsTests
{
    [Fact]
    public void Tries_of_a_message_outlast_half_an_hour_by_default()
    {
        var options = new QueueOptions();

        var waits = Enumerable.Range(1, options.MaxTries - 1).Sum(tries => options.DelayAfter(tries).TotalMinutes);

        Assert.InRange(waits, 30, 60);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(8, 256)]
    [InlineData(9, 300)]
    [InlineData(100, 300)]
    [InlineData(long.MaxValue, 300)]
    public void Wait_doubles_up_to_the_longest(long tries, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new QueueOptions().DelayAfter(tries));

    [Fact]
    public void First_wait_may_be_longer_than_the_longest()
    {
        var options = new QueueOptions { RetryDelay = TimeSpan.FromHours(1) };

        Assert.Equal(TimeSpan.FromHours(1), options.DelayAfter(1));
        Assert.Equal(TimeSpan.FromHours(1), options.DelayAfter(100));
    }
}
