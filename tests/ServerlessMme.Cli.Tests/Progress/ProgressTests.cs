using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Cli.Progress;

namespace ServerlessMme.Cli.Tests.Progress;

public sealed class ProgressTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public void A_line_with_count_rate_and_time_left_is_printed_every_few_seconds()
    {
        var pace = new Pace("image", 1000, _time);
        using var lines = new ProgressLines(pace.ToString, _output, _time);
        Advance(pace, 120);
        Assert.Equal("", _output.ToString());

        _time.Advance(ProgressLines.Interval);
        Advance(pace, 380);
        _time.Advance(ProgressLines.Interval);

        Assert.Equal(
            "120 of 1,000 images, 24.0/s, 0:00:37 left\n500 of 1,000 images, 50.0/s, 0:00:10 left\n",
            _output.ToString());
    }

    [Fact]
    public void A_count_that_stands_still_is_repeated_once_a_minute()
    {
        using var lines = new ProgressLines(() => "still listing", _output, _time, isImmediate: true);

        _time.Advance(TimeSpan.FromSeconds(55));
        Assert.Equal("still listing\n", _output.ToString());

        _time.Advance(ProgressLines.Interval);
        Assert.Equal("still listing\nstill listing\n", _output.ToString());
    }

    [Fact]
    public void Nothing_is_printed_after_the_end()
    {
        new ProgressLines(() => "x", _output, _time).Dispose();

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public void An_unknown_total_has_a_rate_and_no_time_left()
    {
        var pace = new Pace("image", null, _time);
        Assert.Equal("0 images", pace.ToString());

        Advance(pace, 1200);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("1,200 images, 120.0/s", pace.ToString());
    }

    private static void Advance(Pace pace, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            pace.Advance();
        }
    }
}
