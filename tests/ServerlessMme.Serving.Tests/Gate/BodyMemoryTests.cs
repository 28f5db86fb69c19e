using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Tests.Gate;

public sealed class BodyMemoryTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly FakeTimeProvider _time = new();
    private readonly BodyMemory _memory;

    // First shares have 100 of the 400, the rest of large bodies 300.
    public BodyMemoryTests() => _memory = new(mostBytes: 400, _time);

    [Fact]
    public async Task A_body_waits_for_its_rest_until_another_is_done()
    {
        var first = _memory.Open(10);
        await first.ReserveAsync(200, None);
        using var second = _memory.Open(10);
        var waiting = second.ReserveAsync(200, None);
        Assert.False(waiting.IsCompleted);

        first.Settle();
        first.Dispose();

        await waiting;
        Assert.Equal(210, _memory.UsedBytes);
    }

    [Fact]
    public async Task Bodies_get_their_rest_in_the_order_in_which_they_wait()
    {
        var first = _memory.Open(10);
        await first.ReserveAsync(200, None);
        using var large = _memory.Open(10);
        using var small = _memory.Open(10);
        var largeWaits = large.ReserveAsync(300, None);
        var smallWaits = small.ReserveAsync(50, None);

        Assert.False(largeWaits.IsCompleted || smallWaits.IsCompleted);

        first.Dispose();
        await largeWaits;
        Assert.False(smallWaits.IsCompleted);
        large.Dispose();
        await smallWaits;
    }

    [Fact]
    public async Task A_small_body_waits_for_no_large_one()
    {
        using var large = _memory.Open(10);
        await large.ReserveAsync(300, None);

        using var small = _memory.Open(64);

        Assert.False(large.Displaced.IsCancellationRequested);
        Assert.Equal(374, _memory.UsedBytes);
    }

    [Fact]
    public async Task A_body_that_stops_makes_room_for_one_that_waits_and_one_that_goes_on_does_not()
    {
        using var stopped = _memory.Open(10);
        using var sending = _memory.Open(10);
        await stopped.ReserveAsync(150, None);
        await sending.ReserveAsync(150, None);
        _time.Advance(TimeSpan.FromSeconds(2));
        sending.Progressed();

        using var next = _memory.Open(10);
        var waiting = next.ReserveAsync(100, None);

        Assert.True(stopped.Displaced.IsCancellationRequested);
        Assert.False(sending.Displaced.IsCancellationRequested);
        Assert.Equal(503, Assert.Throws<ServeException>(stopped.Settle).Error.Status);
        stopped.Dispose();
        await waiting;
    }

    [Fact]
    public async Task A_whole_body_keeps_its_memory()
    {
        using var whole = _memory.Open(10);
        await whole.ReserveAsync(300, None);
        whole.Settle();
        _time.Advance(TimeSpan.FromMinutes(1));

        using var next = _memory.Open(10);
        var waiting = next.ReserveAsync(10, None);

        Assert.False(waiting.IsCompleted || whole.Displaced.IsCancellationRequested);
    }

    [Fact]
    public void Too_many_first_shares_are_refused_unless_one_has_stopped()
    {
        using var first = _memory.Open(60);
        Assert.Equal(503, Assert.Throws<ServeException>(() => _memory.Open(60)).Error.Status);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Throws<ServeException>(() => _memory.Open(60));

        Assert.True(first.Displaced.IsCancellationRequested);
        first.Dispose();
        using var next = _memory.Open(60);
        Assert.Equal(60, _memory.UsedBytes);
    }

    [Fact]
    public async Task A_body_that_gives_up_waiting_holds_up_nobody()
    {
        var first = _memory.Open(10);
        await first.ReserveAsync(300, None);
        using var impatient = _memory.Open(10);
        using var patient = _memory.Open(10);
        using var end = new CancellationTokenSource();
        var given = impatient.ReserveAsync(300, end.Token);
        var waiting = patient.ReserveAsync(200, None);

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        first.Dispose();

        await waiting;
        Assert.Equal(220, _memory.UsedBytes);
    }

    [Theory]
    [InlineData(100, 399, 1)]
    [InlineData(100, 400, 0)]
    [InlineData(1 << 29, 0, 0)]
    public void Memory_for_fewer_than_four_bodies_is_refused_at_startup(int body, long memory, int problems)
    {
        var options = new ServeOptions { MaxBodyBytes = body, MaxBodyMemoryBytes = memory };

        Assert.Equal(problems, options.Validate(new ValidationContext(options)).Count());
    }
}
