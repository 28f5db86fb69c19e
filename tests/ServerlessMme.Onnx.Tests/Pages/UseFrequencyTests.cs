using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class UseFrequencyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly UseFrequency _uses;

    public UseFrequencyTests() => _uses = new UseFrequency(_time);

    private double Uses => _uses.At(_time.GetTimestamp());

    [Fact]
    public void A_pack_that_was_never_used_counts_as_used_once() => Assert.Equal(1, Uses);

    [Fact]
    public void Uses_add_up()
    {
        Use(TimeSpan.FromSeconds(1));
        Use(TimeSpan.FromSeconds(1));
        Use(TimeSpan.FromSeconds(1));

        Assert.InRange(Uses, 2.9, 3);
    }

    [Fact]
    public void Runs_of_one_request_are_one_use()
    {
        for (var run = 0; run < 5; run++)
        {
            Use(UseFrequency.OneUse / 10);
        }

        Assert.Equal(1, Uses);
    }

    [Fact]
    public void A_job_of_any_length_counts_once_per_interval()
    {
        for (var run = 0; run <= 30; run++)
        {
            Use(UseFrequency.OneUse / 10);
        }

        Assert.InRange(Uses, 3.9, 4);
    }

    [Fact]
    public void Half_of_the_uses_are_forgotten_per_half_life()
    {
        for (var use = 0; use < 8; use++)
        {
            Use(UseFrequency.OneUse);
        }

        _time.Advance(UseFrequency.HalfLife);
        Assert.InRange(Uses, 3.9, 4);

        _time.Advance(10 * UseFrequency.HalfLife);
        Assert.Equal(1, Uses);
    }

    private void Use(TimeSpan after)
    {
        _time.Advance(after);
        _uses.Add(_time.GetTimestamp());
    }
}
