using ServerlessMme.Core.Failures;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class LoadAllowanceTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task Load_that_asks_for_more_evicts_idle_models_and_is_charged_what_it_takes_afterwards()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("a", units: 4);
        await test.WarmAsync("b", units: 4);
        test.Backends.Reserves = descriptor => descriptor.Name.Value == "c" ? 6 * Unit : 0;

        await test.WarmAsync("c");

        Assert.Equal([6 * Unit], test.Backends.Reserved);
        Assert.Equal("b c", test.Ready);
        Assert.Equal(5, test.UsedUnits);
    }

    [Fact(Timeout = Limit)]
    public async Task Load_gets_three_quarters_of_the_budget_at_most()
    {
        using var test = new CacheUnderTest();
        test.Backends.Reserves = _ => 40 * Unit;

        await test.WarmAsync("a");

        Assert.Equal([10 * Unit / 4 * 3], test.Backends.Reserved);
    }

    [Fact(Timeout = Limit)]
    public async Task Load_gets_nothing_of_what_pinned_models_hold()
    {
        using var test = new CacheUnderTest(options => options.Pin = ["a"]);
        await test.WarmAsync("a", units: 3);
        test.Backends.Reserves = _ => 40 * Unit;

        await test.WarmAsync("b");

        Assert.Equal([7 * Unit / 4 * 3], test.Backends.Reserved);
    }

    [Fact(Timeout = Limit)]
    public async Task Two_loads_that_ask_for_more_than_there_is_do_not_wait_for_each_other()
    {
        using var test = new CacheUnderTest();
        test.Publish("a", units: 5);
        test.Publish("b", units: 5);
        var both = new TaskCompletionSource();
        var waiting = 0;
        test.Backends.OnCreate = async _ =>
        {
            if (Interlocked.Increment(ref waiting) == 2)
            {
                both.SetResult();
            }

            await both.Task;
            return null;
        };
        test.Backends.Reserves = _ => 10 * Unit;

        var (one, other) = (test.AcquireAsync("a"), test.AcquireAsync("b"));
        (await await Task.WhenAny(one, other)).Dispose();
        await Task.WhenAll(one, other);

        Assert.Equal([10 * Unit / 4 * 3, 10 * Unit / 4 * 3], test.Backends.Reserved);
    }

    [Fact(Timeout = Limit)]
    public async Task Load_that_is_refused_gives_back_what_it_reserved()
    {
        using var test = new CacheUnderTest();
        test.Publish("a");
        test.Backends.Reserves = _ => 10 * Unit;
        test.Backends.OnReserved = _ => new(ErrorCode.InvalidModel, "It took too much.");

        using var refused = await test.AcquireAsync("a");

        Assert.Equal("It took too much.", refused.Refusal?.Message);
        Assert.Equal(0, test.UsedUnits);
    }
}
