using ServerlessMme.Core.Backends;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ColdModelTests : IDisposable
{
    private const int Limit = 15_000;
    private readonly CacheUnderTest _test = new();

    public void Dispose() => _test.Dispose();

    [Fact(Timeout = Limit)]
    public async Task A_loaded_model_whose_files_left_memory_is_no_hit()
    {
        await _test.WarmAsync("cats");
        _test.Backends.IsResident = _ => false;
        using (var cold = await _test.AcquireAsync("cats"))
        {
            Assert.False(cold.IsHit);
        }

        _test.Backends.IsResident = _ => true;
        using var warm = await _test.AcquireAsync("cats");

        Assert.True(warm.IsHit);
        Assert.Equal([0d, 0, 1], _test.Meters.Values("ModelCacheHit"));
        Assert.Single(_test.Meters.Values("ModelLoadingWaitTime"));
    }

    [Theory(Timeout = Limit)]
    [InlineData(15, true)]
    [InlineData(14, false)]
    public async Task A_model_is_cold_for_metrics_and_status_when_more_than_a_sixteenth_left(int sixteenths, bool isHit)
    {
        await _test.WarmAsync("cats");
        _test.Backends.IsResident = _ => false;
        _test.Backends.PagesOf = _ => new PageUse(16, sixteenths);

        using var acquired = await _test.AcquireAsync("cats");

        Assert.Equal(isHit, acquired.IsHit);
        Assert.Equal(isHit ? 1d : 0, _test.Meters.Values("ModelCacheHit").Last());
        Assert.Equal(isHit, !Assert.Single(_test.Cache.Snapshot(withPages: true).Models).IsCold);
        Assert.Equal(["cats"], _test.Backends.Prefetched);
    }

    [Fact(Timeout = Limit)]
    public async Task Others_get_a_lease_while_its_files_are_looked_at()
    {
        await _test.WarmAsync("cats");
        var looks = 0;
        var leased = false;
        _test.Backends.IsResident = _ =>
        {
            if (Interlocked.Increment(ref looks) == 1)
            {
                var other = Task.Run(() => _test.TouchAsync("cats"));
                leased = SpinWait.SpinUntil(() => other.IsCompletedSuccessfully, TimeSpan.FromSeconds(5));
            }

            return true;
        };

        await _test.TouchAsync("cats");

        Assert.True(leased);
    }

    [Fact(Timeout = Limit)]
    public async Task Its_files_are_read_from_the_lease_on()
    {
        await _test.WarmAsync("cats");
        await _test.TouchAsync("cats");
        Assert.Empty(_test.Backends.Prefetched);
        _test.Backends.IsResident = _ => false;

        await _test.TouchAsync("cats");

        Assert.Equal(["cats"], _test.Backends.Prefetched);
    }

    [Fact(Timeout = Limit)]
    public async Task A_prefetch_asks_only_models_that_are_loaded()
    {
        await _test.WarmAsync("cats");

        _test.Cache.Prefetch(Name("dogs"));
        _test.Cache.Prefetch(Name("cats"));

        Assert.Equal(["cats"], _test.Backends.Prefetched);
    }

    [Fact(Timeout = Limit)]
    public async Task Status_says_which_models_are_cold_when_it_is_asked()
    {
        await _test.WarmAsync("cats", units: 2);
        await _test.WarmAsync("dogs", units: 2);
        _test.Backends.IsResident = descriptor => descriptor.Name == Name("dogs");
        _test.Backends.Pages = new PageUse(4 * Unit, 2 * Unit, 9 * Unit);

        var status = _test.Cache.Snapshot(withPages: true);

        Assert.Equal(_test.Backends.Pages, status.Pages);
        Assert.Equal(new PageUse(2 * Unit, 0), status.Models.Single(model => model.IsCold).Pages);
        Assert.Equal(Name("cats"), status.Models.Single(model => model.IsCold).Name);
        Assert.All(_test.Cache.Snapshot().Models, model => Assert.Null(model.Pages));
    }

    [Fact(Timeout = Limit)]
    public async Task Gauges_show_the_mapped_files()
    {
        await _test.WarmAsync("cats");
        _test.Backends.Pages = new PageUse(4 * Unit, 2 * Unit, 9 * Unit);

        Assert.Equal(4 * Unit, _test.Meters.Gauge("ModelMappedBytes"));
        Assert.Equal(2 * Unit, _test.Meters.Gauge("ModelMappedResidentBytes"));
        Assert.Equal(9 * Unit, _test.Meters.Gauge("ModelMappedTargetBytes"));
    }

    [Fact(Timeout = Limit)]
    public async Task Without_a_known_limit_there_is_no_target()
    {
        await _test.WarmAsync("cats");
        _test.Backends.Pages = new PageUse(4 * Unit, 2 * Unit);

        Assert.Equal(4 * Unit, _test.Meters.Gauge("ModelMappedBytes"));
        Assert.Empty(_test.Meters.Values("ModelMappedTargetBytes"));
    }
}
