using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheBudgetTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task Least_recently_used_model_makes_room()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("a", units: 4);
        await test.WarmAsync("b", units: 4);
        await test.TouchAsync("a");

        await test.WarmAsync("c", units: 4);

        Assert.Equal("a c", test.Ready);
        Assert.Equal((8L, 2), (test.UsedUnits, test.Backends.Live));
        await test.TouchAsync("b");
        Assert.Equal("b c", test.Ready);
    }

    [Fact(Timeout = Limit)]
    public async Task Model_waits_for_no_room_that_the_last_model_of_a_trunk_would_free()
    {
        using var test = new CacheUnderTest();
        test.Backends.TrunkOf = descriptor => descriptor.Name.Value == "large" ? null : "vgg16";
        test.Backends.TrunkBytes = 6 * Unit;
        await test.WarmAsync("a");
        await test.WarmAsync("b");
        Assert.Equal(8, test.UsedUnits);

        await test.WarmAsync("large", units: 9);

        Assert.Equal("large", test.Ready);
        Assert.Equal(9, test.UsedUnits);
    }

    [Fact(Timeout = Limit)]
    public async Task Trunk_counts_against_the_budget()
    {
        using var test = new CacheUnderTest();
        test.Backends.TrunkOf = descriptor => descriptor.Name.Value == "other" ? null : "vgg16";
        test.Backends.TrunkBytes = 6 * Unit;
        await test.WarmAsync("a", units: 2);
        await test.WarmAsync("b", units: 2);

        await test.WarmAsync("other", units: 2);

        Assert.Equal("b other", test.Ready);
        Assert.Equal(10, test.UsedUnits);
    }

    [Fact(Timeout = Limit)]
    public async Task Model_chosen_ahead_stays_when_it_is_used_before_its_turn()
    {
        using var test = new CacheUnderTest(options => options.BudgetBytes = 256 * Unit);
        for (var model = 0; model < 256; model++)
        {
            await test.WarmAsync($"m{model}");
        }

        await test.WarmAsync("first");
        await test.TouchAsync("m1");

        await test.WarmAsync("second");

        Assert.DoesNotContain("m0 ", test.Ready, StringComparison.Ordinal);
        Assert.DoesNotContain("m2 ", test.Ready, StringComparison.Ordinal);
        Assert.Contains("m1 ", test.Ready, StringComparison.Ordinal);
        Assert.Equal(256, test.Backends.Live);
    }

    [Fact(Timeout = Limit)]
    public async Task Model_counts_from_its_last_use_and_not_from_its_lease()
    {
        using var test = new CacheUnderTest();
        test.Publish("a", units: 4);
        var longLease = await test.AcquireAsync("a");
        test.Time.Advance(TimeSpan.FromSeconds(1));
        await test.WarmAsync("b", units: 4);
        longLease.Dispose();
        test.Time.Advance(TimeSpan.FromSeconds(1));

        await test.WarmAsync("c", units: 4);

        Assert.Equal("a c", test.Ready);
    }

    [Fact(Timeout = Limit)]
    public async Task Model_never_loaded_before_reserves_a_multiple_of_its_artifact_and_then_what_it_takes()
    {
        using var test = new CacheUnderTest(options => options.EstimateFactor = 3);
        test.Publish("a", units: 2);
        var loading = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        test.Backends.OnCreate = async _ =>
        {
            loading.SetResult();
            await gate.Task;
            return null;
        };

        var request = test.AcquireAsync("a");
        await loading.Task;
        Assert.Equal(6, test.UsedUnits);
        gate.SetResult();
        using var acquired = await request;

        Assert.Equal(2, test.UsedUnits);
    }

    [Fact(Timeout = Limit)]
    public async Task Model_loaded_before_reserves_what_it_took_then()
    {
        using var test = new CacheUnderTest(options => options.EstimateFactor = 4);
        await test.WarmAsync("a", units: 2);
        await test.WarmAsync("filler", units: 9);
        Assert.Equal("filler", test.Ready);
        var reserved = 0L;
        test.Backends.OnCreate = _ =>
        {
            reserved = test.UsedUnits;
            return Task.FromResult<Refusal?>(null);
        };

        await test.TouchAsync("a");

        Assert.Equal(2, reserved);
    }

    [Fact(Timeout = Limit)]
    public async Task Guess_above_the_budget_takes_the_whole_budget_and_the_measurement_decides()
    {
        using var test = new CacheUnderTest(options => options.EstimateFactor = 3);
        await test.WarmAsync("small");

        await test.WarmAsync("large", units: 9);

        Assert.Equal(("large", 9L), (test.Ready, test.UsedUnits));
    }

    [Fact(Timeout = Limit)]
    public async Task Model_larger_than_the_budget_is_refused_without_a_download()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("small");
        test.Publish("large", units: 11);

        var acquired = await test.AcquireAsync("large");

        Assert.Equal((ErrorCode.ModelTooLarge, "v1"), (acquired.Refusal!.Code, acquired.Version));
        Assert.Contains("Mme:Models:BudgetBytes", acquired.Refusal.Message, StringComparison.Ordinal);
        Assert.Equal((1, "small"), (test.Catalog.Fetches, test.Ready));
    }

    [Fact(Timeout = Limit)]
    public async Task Model_that_turns_out_larger_than_the_budget_is_refused_and_not_loaded_again()
    {
        using var test = new CacheUnderTest();
        test.Publish("large", units: 3);
        test.Backends.Measure = _ => 11 * Unit;

        var first = await test.AcquireAsync("large");
        var second = await test.AcquireAsync("large");

        Assert.Equal(ErrorCode.ModelTooLarge, first.Refusal!.Code);
        Assert.Same(first.Refusal, second.Refusal);
        Assert.Equal((1, 0, 0L), (test.Backends.Created, test.Backends.Live, test.UsedUnits));
    }

    [Fact(Timeout = Limit)]
    public async Task Model_that_turns_out_larger_than_its_estimate_makes_others_go()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("a", units: 3);
        await test.WarmAsync("b", units: 3);
        test.Backends.Measure = _ => 6 * Unit;

        await test.WarmAsync("c", units: 3);

        Assert.Equal(("b c", 9L), (test.Ready, test.UsedUnits));
    }

    [Fact(Timeout = Limit)]
    public async Task Model_that_grows_by_being_used_makes_others_go()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("a", units: 5);
        test.Publish("b", units: 5);
        var acquired = await test.AcquireAsync("b");

        Backend(acquired).PrivateBytes = 7 * Unit;
        acquired.Dispose();

        Assert.Equal(("b", 7L), (test.Ready, test.UsedUnits));
    }

    [Fact(Timeout = Limit)]
    public async Task Pinned_model_stays_when_it_is_the_least_recently_used()
    {
        using var test = new CacheUnderTest(options => options.Pin = ["a"]);
        await test.WarmAsync("a", units: 4);
        await test.WarmAsync("b", units: 4);

        await test.WarmAsync("c", units: 4);

        Assert.Equal("a c", test.Ready);
        Assert.True(test.Cache.Snapshot().Models.Single(model => model.Name == Name("a")).Pinned);
    }

    [Fact(Timeout = Limit)]
    public async Task Load_waits_for_a_lease_to_end_when_everything_is_in_use()
    {
        using var test = new CacheUnderTest();
        test.Publish("a", units: 8);
        test.Publish("b", units: 8);
        var inUse = await test.AcquireAsync("a");
        var request = test.AcquireAsync("b");
        await UntilAsync(() => test.Catalog.Fetches == 2);
        Assert.Equal(("a", 1), (test.Ready, test.Backends.Created));

        inUse.Dispose();
        using var acquired = await request;

        Assert.Equal(("b", 8L, 1), (test.Ready, test.UsedUnits, test.Backends.Live));
    }

    [Fact(Timeout = Limit)]
    public async Task Load_waits_until_a_draining_model_is_unloaded()
    {
        using var test = new CacheUnderTest();
        test.Publish("a", units: 4);
        var old = await test.AcquireAsync("a");
        test.Publish("a", "v2", units: 4);
        using var current = await test.AcquireAsync("a", "v2");
        test.Publish("b", units: 4);
        var request = test.AcquireAsync("b");
        await UntilAsync(() => test.Catalog.Fetches == 3);
        Assert.Equal((8L, 2), (test.UsedUnits, test.Backends.Created));

        old.Dispose();
        using var acquired = await request;

        Assert.Equal(("a b", 8L), (test.Ready, test.UsedUnits));
    }

    [Fact(Timeout = Limit)]
    public async Task Room_counts_as_free_only_when_the_evicted_model_is_disposed()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("a", units: 8);
        var usedDuringDispose = 0L;
        test.Backends.OnDispose = _ => usedDuringDispose = test.UsedUnits;

        await test.WarmAsync("b", units: 8);

        Assert.Equal((8L, 8L), (usedDuringDispose, test.UsedUnits));
    }

    [Fact(Timeout = Limit)]
    public async Task Load_that_finds_no_room_in_time_fails_as_busy_and_the_next_one_succeeds()
    {
        using var test = new CacheUnderTest();
        test.Publish("a", units: 8);
        test.Publish("b", units: 8);
        var inUse = await test.AcquireAsync("a");

        var request = test.AcquireAsync("b");
        // Two timers for each load: when it is slow, and how long it would wait for room.
        await UntilAsync(() => test.Time.Timers == 4);
        test.Time.Advance(TimeSpan.FromSeconds(30));

        var busy = await Assert.ThrowsAsync<ModelCacheBusyException>(() => request);
        Assert.Contains("'b'", busy.Message, StringComparison.Ordinal);
        Assert.Equal(8, test.UsedUnits);
        inUse.Dispose();
        using var acquired = await test.AcquireAsync("b");
        Assert.NotNull(acquired.Lease);
    }

    [Fact(Timeout = Limit)]
    public async Task Young_model_is_evicted_when_the_churn_age_is_over()
    {
        using var test = new CacheUnderTest(options => options.ChurnAge = TimeSpan.FromSeconds(10));
        await test.WarmAsync("a", units: 8);
        test.Publish("b", units: 8);

        var request = test.AcquireAsync("b");
        // Two timers for each load, and one that ends when the model is old enough.
        await UntilAsync(() => test.Time.Timers == 5);
        Assert.Equal("a", test.Ready);
        test.Time.Advance(TimeSpan.FromSeconds(9));

        using var acquired = await request;
        Assert.Equal("b", test.Ready);
    }

    [Fact(Timeout = Limit)]
    public async Task Small_load_does_not_overtake_a_large_one_that_waits_for_room()
    {
        using var test = new CacheUnderTest();
        test.Publish("a", units: 6);
        test.Publish("large", units: 8);
        test.Publish("small", units: 3);
        var inUse = await test.AcquireAsync("a");
        var large = test.AcquireAsync("large");
        await UntilAsync(() => test.Catalog.Fetches == 2);
        var small = test.AcquireAsync("small");
        await UntilAsync(() => test.Catalog.Fetches == 3);

        inUse.Dispose();
        (await large).Dispose();
        (await small).Dispose();

        Assert.Equal("small", test.Ready);
    }
}
