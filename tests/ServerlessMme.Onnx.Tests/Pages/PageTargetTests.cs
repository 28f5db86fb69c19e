using ServerlessMme.Core.Memory;
using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class PageTargetTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(64, 4, "A small limit keeps 4 MiB")]
    [InlineData(1024, 32, "A 32nd of the limit is reserved")]
    [InlineData(65536, 256, "A large machine keeps 256 MiB")]
    public void Some_of_the_limit_stays_free(long limit, long reserve, string why)
    {
        Assert.True(reserve * MiB == PageTarget.Reserve(new MemoryUse(limit * MiB, 0, 0, 0)), why);
    }

    [Theory]
    [InlineData(null, 32)]
    [InlineData(5d, 32)]
    [InlineData(15d, 48)]
    [InlineData(25d, 64)]
    [InlineData(90d, 64)]
    public void Pressure_doubles_the_reserve_at_most(double? pressure, long reserve)
    {
        Assert.Equal(reserve * MiB, PageTarget.Reserve(new MemoryUse(1024 * MiB, 0, 0, 0, pressure)));
    }

    [Fact]
    public void Mapped_files_get_what_heaps_and_the_system_leave()
    {
        Assert.Equal(
            (1024 - 300 - 60 - 32) * MiB, PageTarget.Of(new MemoryUse(1024 * MiB, 300 * MiB, 500 * MiB, 60 * MiB)));
        Assert.Equal(0, PageTarget.Of(new MemoryUse(1024 * MiB, 1000 * MiB, 0, 60 * MiB)));
    }
}
