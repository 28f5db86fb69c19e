using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Emulator.Tests.Background;

public sealed class ProcessStartTests
{
    [Fact]
    public void A_process_has_one_start()
    {
        var first = ProcessStart.Of(Environment.ProcessId);
        var second = ProcessStart.Of(Environment.ProcessId);

        Assert.NotNull(first);
        Assert.NotNull(second);
        Assert.True(first.IsSame(second));
    }

    [Fact]
    public void An_ID_without_a_process_has_no_start() => Assert.Null(ProcessStart.Of(int.MaxValue));

    [Theory]
    [InlineData("boot", 1_000, true)]
    [InlineData("boot", 1_001, false)]
    [InlineData("later boot", 1_000, false)]
    [InlineData(null, 1_000, false)]
    public void Linux_tells_starts_apart_by_boot_and_clock_tick(string? boot, long value, bool same) =>
        Assert.Equal(same, new ProcessStart("boot", 1_000).IsSame(new ProcessStart(boot, value)));

    [Theory]
    [InlineData(12_000, true)]
    [InlineData(8_000, true)]
    [InlineData(12_001, false)]
    public void Other_systems_may_be_two_seconds_off(long value, bool same) =>
        Assert.Equal(same, new ProcessStart(null, 10_000).IsSame(new ProcessStart(null, value)));
}
