using ServerlessMme.Core.Memory;

namespace ServerlessMme.Core.Tests.Memory;

public sealed class HeapLimitTests
{
    private const long MiB = 1 << 20;

    [Theory]
    [InlineData(384, 64 + 108)]
    [InlineData(512, 64 + 120)]
    [InlineData(2048, 128 + 264)]
    public void The_heap_has_images_and_three_quarters_of_the_headroom(long limit, long expected)
    {
        var plan = MemoryPlan.Create(new MemoryOptions { LimitBytes = limit * MiB }, 0, 48 * MiB);

        Assert.Equal(expected * MiB, HeapLimit.BytesOf(plan));
    }
}
