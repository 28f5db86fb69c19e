using System.Threading.RateLimiting;
using ServerlessMme.Core.Memory;

namespace ServerlessMme.Core.Tests.Memory;

public sealed class MemoryGateTests
{
    private const long MiB = 1 << 20;

    private readonly MemoryGate _gate = new(64 * MiB);

    [Fact]
    public async Task Bytes_are_given_until_the_capacity_is_reached()
    {
        using var first = await TakeAsync(24 * MiB);
        using var second = await TakeAsync(24 * MiB);

        var third = _gate.AcquireAsync(2 * MiB, CancellationToken.None).AsTask();

        Assert.False(third.IsCompleted);
        Assert.Equal((48 * MiB, 2 * MiB), (_gate.UsedBytes, _gate.QueuedBytes));
        first.Dispose();
        using var taken = await third;
        Assert.Equal((26 * MiB, 0), (_gate.UsedBytes, _gate.QueuedBytes));
    }

    [Fact]
    public async Task The_first_to_wait_is_served_first_even_if_a_later_need_would_fit()
    {
        var holder = await TakeAsync(40 * MiB);
        var large = _gate.AcquireAsync(48 * MiB, CancellationToken.None).AsTask();
        var later = _gate.AcquireAsync(2 * MiB, CancellationToken.None).AsTask();

        Assert.False(large.IsCompleted || later.IsCompleted);
        holder.Dispose();
        using (await large)
        {
            Assert.False(later.IsCompleted);
        }

        using var served = await later;
    }

    [Fact]
    public async Task Small_needs_never_wait_for_large_ones()
    {
        using var all = await TakeAsync(_gate.LargestBytes);
        var large = _gate.AcquireAsync(_gate.LargestBytes, CancellationToken.None).AsTask();

        for (var i = 0; i < 16; i++)
        {
            await TakeAsync(_gate.SmallBytes);
        }

        Assert.False(large.IsCompleted);
        var further = _gate.AcquireAsync(1, CancellationToken.None).AsTask();
        Assert.False(further.IsCompleted);
    }

    [Fact]
    public async Task A_canceled_wait_takes_nothing()
    {
        using var stop = new CancellationTokenSource();
        var holder = await TakeAsync(_gate.LargestBytes);
        var waiting = _gate.AcquireAsync(2 * MiB, stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        holder.Dispose();
        Assert.Equal((0, 0), (_gate.UsedBytes, _gate.QueuedBytes));
    }

    [Fact]
    public async Task A_need_above_the_largest_is_an_error_of_the_caller()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => _gate.AcquireAsync(_gate.LargestBytes + 1, CancellationToken.None).AsTask());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(48 << 20)]
    [InlineData((48 << 20) + 1)]
    [InlineData(5_000_000_000)]
    public void A_gate_made_for_a_need_admits_it(long bytes)
    {
        Assert.InRange(new MemoryGate(MemoryGate.CapacityFor(bytes)).LargestBytes, bytes, long.MaxValue);
    }

    [Fact]
    public async Task Every_holder_counts_at_least_one_kibibyte()
    {
        using var held = await TakeAsync(1);

        Assert.Equal(1024, _gate.UsedBytes);
    }

    private async Task<RateLimitLease> TakeAsync(long bytes)
    {
        var waiting = _gate.AcquireAsync(bytes, CancellationToken.None).AsTask();
        Assert.True(waiting.IsCompleted);
        return await waiting;
    }
}
