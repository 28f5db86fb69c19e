using System.Threading.RateLimiting;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

/// <summary>What the cache relies on <see cref="ConcurrencyLimiter"/> for.</summary>
public sealed class LoadTurnTests
{
    private const int Limit = 15_000;

    private readonly FakeTimeProvider _time = new();
    private readonly MemoryBudget _budget;

    public LoadTurnTests() =>
        _budget = new(new ModelCacheOptions { BudgetBytes = 1 << 30, ConcurrentLoads = 1 }, _time);

    [Fact(Timeout = Limit)]
    public async Task Waiting_loads_get_their_turn_in_the_order_of_arrival()
    {
        var turn = await EnterAsync();
        var waiting = Enumerable.Range(0, 5).Select(_ => EnterAsync()).ToArray();

        for (var i = 0; i < waiting.Length; i++)
        {
            Assert.Equal(waiting.Length - i, _budget.QueuedLoads);
            Assert.DoesNotContain(waiting[i..], task => task.IsCompleted);
            turn.Dispose();
            turn = await waiting[i];
        }

        turn.Dispose();
        Assert.True(EnterAsync().IsCompletedSuccessfully);
    }

    [Fact(Timeout = Limit)]
    public async Task Order_holds_when_others_give_up()
    {
        using var cancelled = new CancellationTokenSource();
        var turn = await EnterAsync();
        var waiting = Enumerable.Range(0, 300)
            .Select(i => EnterAsync(i % 3 == 1 ? CancellationToken.None : cancelled.Token)).ToArray();

        await cancelled.CancelAsync();

        var staying = waiting.Where((_, i) => i % 3 == 1).ToArray();
        Assert.All(waiting.Except(staying), task => Assert.True(task.IsCanceled));
        for (var i = 0; i < staying.Length; i++)
        {
            Assert.Equal(staying.Length - i, _budget.QueuedLoads);
            Assert.DoesNotContain(staying[i..], task => task.IsCompleted);
            turn.Dispose();
            turn = await staying[i];
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Load_that_gives_up_leaves_the_line()
    {
        var turn = await EnterAsync();
        using var cancelled = new CancellationTokenSource();
        var givesUp = EnterAsync(cancelled.Token);
        var stays = EnterAsync();

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);
        turn.Dispose();

        (await stays).Dispose();
        Assert.Equal(0, _budget.QueuedLoads);
    }

    [Fact(Timeout = Limit)]
    public async Task Line_has_no_end()
    {
        var turn = await EnterAsync();
        var waiting = Enumerable.Range(0, 20_000).Select(_ => EnterAsync()).ToArray();

        Assert.Equal(waiting.Length, _budget.QueuedLoads);
        turn.Dispose();
        foreach (var task in waiting)
        {
            using var next = await task;
            Assert.True(next.IsAcquired);
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Turn_disposed_twice_lets_one_load_in()
    {
        var turn = await EnterAsync();
        var first = EnterAsync();
        var second = EnterAsync();

        turn.Dispose();
        turn.Dispose();

        await first;
        Assert.False(second.IsCompleted);
    }

    [Fact(Timeout = Limit)]
    public async Task Turn_is_never_lost_when_it_comes_at_the_moment_of_a_cancellation()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var turn = await EnterAsync();
            using var cancelled = new CancellationTokenSource();
            var waits = EnterAsync(cancelled.Token);
            // The third arrives while the other two race; it must neither get stuck nor be let in twice.
            var arrives = Task.Run(() => EnterAsync());
            await Task.WhenAll(Task.Run(cancelled.Cancel), Task.Run(turn.Dispose));
            try
            {
                (await waits).Dispose();
            }
            catch (OperationCanceledException)
            {
                // The cancellation came first.
            }

            (await arrives).Dispose();
        }

        Assert.Equal(0, _budget.QueuedLoads);
        Assert.True(EnterAsync().IsCompletedSuccessfully);
    }

    [Fact(Timeout = Limit)]
    public async Task A_slow_load_leaves_its_turn_to_the_next()
    {
        using var turn = await EnterAsync();
        await using var slow = _budget.Watch(turn);
        var next = EnterAsync();

        _time.Advance(SlowLoad.After - TimeSpan.FromTicks(1));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        (await next).Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task So_many_loads_may_be_slow_and_further_ones_keep_their_turns_until_one_ends()
    {
        var slow = new List<IAsyncDisposable>();
        for (var i = 0; i < 3; i++)
        {
            slow.Add(_budget.Watch(await EnterAsync()));
            _time.Advance(SlowLoad.After);
        }

        var next = EnterAsync();
        Assert.False(next.IsCompleted);
        await slow[0].DisposeAsync();
        Assert.False(next.IsCompleted);
        _time.Advance(SlowLoad.After);
        (await next).Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task A_load_that_was_slow_makes_room_for_another_slow_one()
    {
        for (var i = 0; i < 10; i++)
        {
            using var turn = await EnterAsync();
            await using var slow = _budget.Watch(turn);
            _time.Advance(SlowLoad.After);
            (await EnterAsync()).Dispose();
        }
    }

    private Task<RateLimitLease> EnterAsync(CancellationToken cancellationToken = default) =>
        _budget.WaitForTurnAsync(cancellationToken).AsTask();
}
