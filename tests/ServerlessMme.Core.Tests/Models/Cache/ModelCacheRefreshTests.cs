using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheRefreshTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task Storage_is_asked_again_only_after_the_time_is_over()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("cats");
        test.Publish("cats", "v2");

        test.Time.Advance(TimeSpan.FromSeconds(58));
        using var before = await test.AcquireAsync("cats");
        test.Time.Advance(TimeSpan.FromSeconds(1));
        using var after = await test.AcquireAsync("cats");

        Assert.Equal(("v1", "v2"), (before.Version, after.Version));
    }

    [Fact(Timeout = Limit)]
    public async Task Zero_asks_storage_for_every_request()
    {
        using var test = new CacheUnderTest(options => options.RefreshAfter = TimeSpan.Zero);
        await test.WarmAsync("cats");
        await test.TouchAsync("cats");
        test.Publish("cats", "v2");

        using var acquired = await test.AcquireAsync("cats");

        Assert.Equal(("v2", 3, 2), (acquired.Version, test.Catalog.Finds, test.Backends.Created));
    }

    [Fact(Timeout = Limit)]
    public async Task Caller_that_saw_a_newer_version_gets_it_at_once()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("cats");
        test.Publish("cats", "v2");

        using var unaware = await test.AcquireAsync("cats");
        using var same = await test.AcquireAsync("cats", "v1");
        using var newer = await test.AcquireAsync("cats", "v2");

        Assert.Equal(("v1", "v1", "v2"), (unaware.Version, same.Version, newer.Version));
    }

    [Fact(Timeout = Limit)]
    public async Task Caller_that_saw_a_newer_version_is_not_served_by_a_look_that_began_before_it()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var looking = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        test.Catalog.OnFind = _ =>
        {
            looking.TrySetResult();
            return gate.Task;
        };
        var early = test.AcquireAsync("cats");
        await looking.Task;
        test.Publish("cats", "v2");
        test.Catalog.OnFetch = descriptor =>
        {
            // The early look saw v1, and the artifact can still be had.
            if (descriptor.Version == "v1")
            {
                test.Publish("cats");
            }

            return Task.CompletedTask;
        };
        test.Backends.OnCreate = _ =>
        {
            test.Publish("cats", "v2");
            return Task.FromResult<Refusal?>(null);
        };

        var late = test.AcquireAsync("cats", "v2");
        gate.SetResult();

        using var first = await early;
        using var second = await late;
        Assert.Equal(("v1", "v2"), (first.Version, second.Version));
    }

    [Fact(Timeout = Limit)]
    public async Task Replaced_model_drains_while_the_new_one_answers()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats", units: 2);
        var old = await test.AcquireAsync("cats");
        test.Publish("cats", "v2", units: 3);

        using var current = await test.AcquireAsync("cats", "v2");

        Assert.Equal("v1", old.Lease!.Model.Descriptor.Version);
        Backend(old).Use();
        Assert.Equal(
            [("v1", ModelState.Draining), ("v2", ModelState.Ready)],
            test.Cache.Snapshot().Models.Select(model => (model.Version, model.State)).Order());
        Assert.Equal(5, test.UsedUnits);
        var backend = Backend(old);
        old.Dispose();
        Assert.True(backend.IsDisposed);
        Assert.Equal(3, test.UsedUnits);
        Assert.Equal([1d], test.Meters.Values("ModelEvictions", "cats Replaced"));
    }

    [Fact(Timeout = Limit)]
    public async Task Requests_during_a_replacement_all_succeed()
    {
        using var test = new CacheUnderTest(options => options.RefreshAfter = TimeSpan.Zero);
        await test.WarmAsync("cats");
        var requests = new List<Task<AcquiredModel>>();
        for (var version = 2; version < 40; version++)
        {
            test.Publish("cats", $"v{version}");
            requests.AddRange(Enumerable.Range(0, 5).Select(_ => Task.Run(() => test.AcquireAsync("cats"))));
        }

        foreach (var acquired in await Task.WhenAll(requests))
        {
            Backend(acquired).Use();
            acquired.Dispose();
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Model_replaced_between_the_look_and_the_download_is_looked_up_again()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        test.Catalog.OnFetch = _ =>
        {
            test.Publish("cats", "v2");
            return Task.CompletedTask;
        };

        using var acquired = await test.AcquireAsync("cats");

        Assert.Equal(("v2", 2), (acquired.Version, test.Catalog.Finds));
        Assert.Single(test.Cache.Snapshot().Models);
    }

    [Fact(Timeout = Limit)]
    public async Task Model_that_is_no_longer_published_is_unloaded_and_refused()
    {
        using var test = new CacheUnderTest(options => options.RefreshAfter = TimeSpan.Zero);
        await test.WarmAsync("cats");
        test.Catalog.Remove(Name("cats"));

        var acquired = await test.AcquireAsync("cats");

        Assert.Equal(ErrorCode.ModelNotFound, acquired.Refusal!.Code);
        Assert.Equal((0, 0L), (test.Backends.Live, test.UsedUnits));
        Assert.Equal([1d], test.Meters.Values("ModelEvictions", "cats Removed"));
    }

    [Fact(Timeout = Limit)]
    public async Task Replacement_that_cannot_be_used_takes_over_as_its_refusal()
    {
        using var test = new CacheUnderTest(options => options.RefreshAfter = TimeSpan.Zero);
        await test.WarmAsync("cats");
        test.Publish("cats", "v2");
        test.Backends.OnCreate = _ => Task.FromResult<Refusal?>(new Refusal(ErrorCode.InvalidModel, "Not a model."));

        var acquired = await test.AcquireAsync("cats");

        Assert.Equal((ErrorCode.InvalidModel, "v2"), (acquired.Refusal!.Code, acquired.Version));
        Assert.Equal(0, test.Backends.Live);
    }
}
