using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;

namespace ServerlessMme.Soak.Tests;

public sealed class ModelCacheSoakTests(ITestOutputHelper output)
{
    private const int Limit = 120_000;
    private const int Loads = 10_000;

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Counters_leases_and_bytes_agree_after_everything_went_wrong(int seed)
    {
        using var soak = new CacheSoak(seed, surprises: true);

        await soak.RunAsync(workers: 16, Loads);
        await soak.SettleAsync();

        output.WriteLine(string.Join(", ", soak.Outcomes.OrderBy(each => each.Key)));
        CheckIntegrity(soak);
        // Each kind of trouble was met, or this test tests less than it says.
        Assert.Equal(
            ["IOException", "InvalidModel", "ModelCacheBusyException", "ModelNotFound", "ModelTooLarge", "answered",
                "cancelled"],
            soak.Outcomes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(50, await soak.CountUsableAsync());
        CheckEnd(soak);
    }

    [Fact(Timeout = Limit)]
    public async Task Memory_never_exceeds_the_budget_when_estimates_are_right()
    {
        using var soak = new CacheSoak(seed: 3, surprises: false);

        await soak.RunAsync(workers: 16, Loads);
        await soak.SettleAsync();

        CheckIntegrity(soak);
        Assert.Equal((0, 10 * CacheUnderTest.Unit), (soak.TooLarge, soak.PeakBytes));
        CheckEnd(soak);
    }

    [Fact(Timeout = Limit)]
    public async Task Cache_that_ends_in_the_midst_of_it_leaves_nothing_behind()
    {
        for (var round = 0; round < 20; round++)
        {
            using var soak = new CacheSoak(100 + round, surprises: true);
            var running = soak.RunAsync(workers: 8, Loads);
            await CacheUnderTest.UntilAsync(() => soak.Test.Backends.Created > 50 + round);

            soak.Test.Cache.Dispose();

            await Assert.ThrowsAnyAsync<Exception>(() => running);
            await CacheUnderTest.UntilAsync(() => soak.Test.Cache.Snapshot().Models.Count == 0);
            Assert.Equal((0, 0L), (soak.Test.Backends.Live, soak.Test.Cache.Snapshot().ResidentBytes));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Managed_memory_is_flat_over_many_loads_and_unloads()
    {
        using var test = new CacheUnderTest();
        var names = Enumerable.Range(0, 50).Select(i => $"m{i}").ToArray();
        var before = 0L;
        for (var load = 0; load < 12_000; load++)
        {
            if (load % 2_000 == 0)
            {
                test.Meters.Measurements.Clear();
            }

            if (load == 2_000)
            {
                before = GC.GetTotalMemory(forceFullCollection: true);
            }

            await test.WarmAsync(names[load % names.Length], units: 5);
        }

        test.Meters.Measurements.Clear();
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{test.Backends.Created} loads, {grown} bytes more");
        Assert.Equal((12_000, 2), (test.Backends.Created, test.Backends.Live));
        Assert.InRange(grown, long.MinValue, 1 << 20);
    }

    [Fact(Timeout = Limit)]
    public async Task Ten_thousand_models_are_warm_at_a_time_and_the_least_recently_used_make_room_for_more()
    {
        using var test = new CacheUnderTest(options => options.BudgetBytes = 10_000 * CacheUnderTest.Unit);
        for (var model = 0; model < 10_000; model++)
        {
            await test.WarmAsync($"m{model}");
        }

        var started = TimeProvider.System.GetTimestamp();
        for (var model = 10_000; model < 11_000; model++)
        {
            await test.WarmAsync($"m{model}");
        }

        output.WriteLine($"{TimeProvider.System.GetElapsedTime(started).TotalMilliseconds / 1_000:f2} ms a load");
        Assert.Equal((10_000, 11_000), (test.Backends.Live, test.Backends.Created));
        Assert.Equal(
            Enumerable.Range(1_000, 10_000).Select(model => $"m{model}").Order(),
            test.Cache.Snapshot().Models.Select(model => model.Name.Value).Order());
    }

    private static void CheckIntegrity(CacheSoak soak)
    {
        var test = soak.Test;
        var status = test.Cache.Snapshot();
        Assert.Empty(test.Backends.Violations);
        Assert.All(status.Models, model => Assert.Equal((ModelState.Ready, 0), (model.State, model.Leases)));
        Assert.Equal(test.Backends.Live, status.Models.Count);
        Assert.Equal(status.ResidentBytes, status.Models.Sum(model => model.Bytes));
        Assert.InRange(status.ResidentBytes, 0, status.BudgetBytes);
        Assert.Equal(0, status.QueuedLoads);
        Assert.Equal(status.Models.Count, test.Meters.Gauge("LoadedModelCount"));
        Assert.Equal(status.ResidentBytes, test.Meters.Gauge("ModelResidentBytes"));
        Assert.Equal(0, test.Meters.Gauge("ModelLoadQueueLength"));
        Assert.Equal(soak.Answered, test.Meters.Values("ModelCacheHit").Length);
        CheckUnloads(soak, test.Backends.Live);
    }

    private static void CheckUnloads(CacheSoak soak, int live)
    {
        var unloads = soak.Test.Backends.Created - live - soak.TooLarge;
        Assert.Equal(unloads, soak.Test.Meters.Values("ModelEvictions").Sum());
        Assert.Equal(unloads, soak.Test.Meters.Values("ModelUnloadingTime").Length);
    }

    private static void CheckEnd(CacheSoak soak)
    {
        soak.Test.Cache.Dispose();
        Assert.Empty(soak.Test.Cache.Snapshot().Models);
        Assert.Equal((0, 0L), (soak.Test.Backends.Live, soak.Test.Cache.Snapshot().ResidentBytes));
        Assert.Empty(soak.Test.Backends.Violations);
        CheckUnloads(soak, live: 0);
    }
}
