using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheMetricsTests
{
    private const int Limit = 15_000;

    [Fact]
    public void Table_lists_every_instrument_of_the_meter_and_no_other()
    {
        using var test = new CacheUnderTest();

        Assert.Equal(
            ModelMetrics.All.Select(row => ($"{row.Kind}", row.Name, (string?)row.Unit, (string?)row.Help)).Order(),
            test.Meters.Instruments.Select(each => (
                each.GetType().Name.Replace("Observable", "", StringComparison.Ordinal).Split('`')[0],
                each.Name, each.Unit, each.Description)).Order());
        Assert.All(test.Meters.Instruments, each => Assert.Equal("ServerlessMme", each.Meter.Name));
    }

    [Fact(Timeout = Limit)]
    public async Task Times_are_microseconds_with_the_model_as_tag()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats", units: 8);
        test.Catalog.OnFetch = _ => Pass(test, 3);
        test.Backends.OnCreate = async _ =>
        {
            await Pass(test, 2);
            return null;
        };
        test.Backends.OnDispose = _ => test.Time.Advance(TimeSpan.FromSeconds(1));

        (await test.AcquireAsync("cats")).Dispose();
        test.Time.Advance(TimeSpan.FromSeconds(7));
        await test.WarmAsync("dogs", units: 8);

        Assert.Equal([3e6], test.Meters.Values("ModelDownloadingTime", "cats"));
        Assert.Equal([2e6], test.Meters.Values("ModelLoadingTime", "cats"));
        Assert.Equal([5e6], test.Meters.Values("ModelLoadingWaitTime", "cats"));
        Assert.Equal([1e6], test.Meters.Values("ModelUnloadingTime", "cats"));
        // Seven seconds, and the three of the other model's download.
        Assert.Equal([10e6], test.Meters.Values("ModelAgeAtEviction", "cats"));
        Assert.Equal([1d], test.Meters.Values("ModelEvictions", "cats Room"));
    }

    [Fact(Timeout = Limit)]
    public async Task Average_of_the_hits_is_the_hit_ratio()
    {
        using var test = new CacheUnderTest(options => options.RefreshAfter = TimeSpan.FromSeconds(2));
        await test.WarmAsync("cats");
        await test.TouchAsync("cats");
        await test.TouchAsync("cats");
        await test.TouchAsync("cats");
        (await test.AcquireAsync("nowhere")).Dispose();

        Assert.Equal([0d, 1, 1, 1], test.Meters.Values("ModelCacheHit"));
        Assert.Equal(2, test.Catalog.Finds - 1);
        Assert.Single(test.Meters.Values("ModelLoadingWaitTime"));
    }

    [Fact(Timeout = Limit)]
    public async Task Gauges_show_what_is_in_memory()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("a", units: 2);
        test.Publish("b", units: 3);
        using var old = await test.AcquireAsync("b");
        test.Publish("b", "v2", units: 4);
        using var current = await test.AcquireAsync("b", "v2");

        Assert.Equal(3, test.Meters.Gauge("LoadedModelCount"));
        Assert.Equal(9 * Unit, test.Meters.Gauge("ModelResidentBytes"));
        Assert.Equal(10 * Unit, test.Meters.Gauge("ModelBudgetBytes"));
    }

    [Fact(Timeout = Limit)]
    public async Task Trunks_are_counted_once()
    {
        using var test = new CacheUnderTest();
        test.Backends.TrunkOf = _ => "vgg16";
        test.Backends.TrunkBytes = 4 * Unit;
        await test.WarmAsync("a");
        await test.WarmAsync("b");

        var status = test.Cache.Snapshot();

        Assert.Equal(6 * Unit, status.ResidentBytes);
        Assert.Equal(("vgg16", 4 * Unit, 2), Assert.Single(status.Trunks) is var trunk
            ? (trunk.Id, trunk.PrivateBytes, trunk.Heads) : default);
        Assert.All(status.Models, model => Assert.Equal("vgg16", model.Trunk));
        Assert.Equal(6 * Unit, test.Meters.Gauge("ModelResidentBytes"));
        Assert.Equal(1, test.Meters.Gauge("LoadedTrunkCount"));
        Assert.Equal(4 * Unit, test.Meters.Gauge("ModelTrunkBytes"));
    }

    [Fact(Timeout = Limit)]
    public async Task Models_beyond_the_bound_share_one_tag()
    {
        using var test = new CacheUnderTest(options => options.MaxModelTags = 2);
        foreach (var name in new[] { "a", "b", "c", "d", "a", "c" })
        {
            await test.WarmAsync(name);
        }

        Assert.Equal(
            ["a 0", "b 0", "other 0", "other 0", "a 1", "other 1"],
            test.Meters.Measurements.Where(m => m.Name == "ModelCacheHit").Select(m => $"{m.Tags} {m.Value}"));
    }

    [Fact(Timeout = Limit)]
    public async Task Snapshot_says_what_each_model_does()
    {
        using var test = new CacheUnderTest(options => options.Pin = ["cats"]);
        test.Publish("cats", units: 2);
        using var acquired = await test.AcquireAsync("cats");
        var leasedAt = test.Time.GetUtcNow();
        test.Time.Advance(TimeSpan.FromSeconds(3));

        var status = test.Cache.Snapshot();

        Assert.Equal((10 * Unit, 2 * Unit, 0), (status.BudgetBytes, status.ResidentBytes, status.QueuedLoads));
        Assert.Equal(
            new ModelStatus(Name("cats"), "v1", "sha256:cats-v1", ModelState.Ready, 2 * Unit, leasedAt, 1, true),
            Assert.Single(status.Models));
    }

    private static Task Pass(CacheUnderTest test, int seconds)
    {
        test.Time.Advance(TimeSpan.FromSeconds(seconds));
        return Task.CompletedTask;
    }
}
