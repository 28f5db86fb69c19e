using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheLoadTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task First_request_loads_and_the_second_finds_it_warm()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");

        using var first = await test.AcquireAsync("cats");
        using var second = await test.AcquireAsync("cats");

        Assert.Same(first.Lease!.Model, second.Lease!.Model);
        Assert.Equal(("v1", "v1"), (first.Version, second.Version));
        Assert.Equal((1, 1, 1), (test.Catalog.Finds, test.Catalog.Fetches, test.Backends.Created));
    }

    [Fact(Timeout = Limit)]
    public async Task Requests_for_a_loading_model_wait_for_the_same_load()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var gate = new TaskCompletionSource();
        test.Catalog.OnFetch = _ => gate.Task;
        var requests = Enumerable.Range(0, 20).Select(_ => test.AcquireAsync("cats")).ToArray();

        gate.SetResult();
        var acquired = await Task.WhenAll(requests);

        Assert.Equal(1, test.Backends.Created);
        Assert.Equal(20, Assert.Single(test.Cache.Snapshot().Models).Leases);
        Array.ForEach(acquired, each => each.Dispose());
    }

    [Fact(Timeout = Limit)]
    public async Task Cancelling_gives_up_the_wait_but_not_the_load()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var gate = new TaskCompletionSource();
        test.Catalog.OnFetch = _ => gate.Task;
        using var cancelled = new CancellationTokenSource();
        var request = test.AcquireAsync("cats", cancellationToken: cancelled.Token);

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        gate.SetResult();
        using var next = await test.AcquireAsync("cats");

        Assert.NotNull(next.Lease);
        Assert.Equal(1, test.Backends.Created);
    }

    [Fact(Timeout = Limit)]
    public async Task Load_that_nobody_waits_for_any_more_leaves_no_lease()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var gate = new TaskCompletionSource();
        test.Catalog.OnFetch = _ => gate.Task;
        using var cancelled = new CancellationTokenSource();
        var request = test.AcquireAsync("cats", cancellationToken: cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        gate.SetResult();
        await UntilAsync(() => test.Ready == "cats" && test.Cache.Snapshot().Models[0].Leases == 0);
    }

    [Fact(Timeout = Limit)]
    public async Task Only_so_many_models_load_at_a_time_and_the_others_wait_in_line()
    {
        using var test = new CacheUnderTest(options => options.ConcurrentLoads = 2);
        var gate = new TaskCompletionSource();
        var loading = 0;
        test.Backends.OnCreate = async _ =>
        {
            Interlocked.Increment(ref loading);
            await gate.Task;
            return null;
        };
        var names = new[] { "a", "b", "c", "d", "e" };
        Array.ForEach(names, name => test.Publish(name));
        var requests = names.Select(name => test.AcquireAsync(name)).ToArray();

        await UntilAsync(() => loading == 2 && test.Cache.Snapshot().QueuedLoads == 3);
        Assert.Equal(5, test.Cache.Snapshot().Models.Count(model => model.State == ModelState.Loading));
        Assert.Equal(3, test.Meters.Gauge("ModelLoadQueueLength"));
        gate.SetResult();

        Array.ForEach(await Task.WhenAll(requests), acquired => acquired.Dispose());
        Assert.Equal("a b c d e", test.Ready);
        Assert.Equal(0, test.Cache.Snapshot().QueuedLoads);
    }

    [Fact(Timeout = Limit)]
    public async Task Model_that_is_not_published_is_refused_and_found_by_the_next_request_after_it_is()
    {
        using var test = new CacheUnderTest();

        var refused = await test.AcquireAsync("cats");
        test.Publish("cats");
        using var acquired = await test.AcquireAsync("cats");

        Assert.Equal((ErrorCode.ModelNotFound, null), (refused.Refusal!.Code, refused.Version));
        Assert.NotNull(acquired.Lease);
    }

    [Fact(Timeout = Limit)]
    public async Task Refused_artifact_is_not_loaded_again_until_it_is_mended()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var loads = 0;
        test.Backends.OnCreate = descriptor =>
        {
            loads++;
            return Task.FromResult(
                descriptor.Version == "v1" ? new Refusal(ErrorCode.InvalidModel, "Not a model.") : null);
        };

        var first = await test.AcquireAsync("cats");
        var second = await test.AcquireAsync("cats");
        test.Publish("cats", "v2");
        using var mended = await test.AcquireAsync("cats");

        Assert.Equal((ErrorCode.InvalidModel, "v1"), (first.Refusal!.Code, first.Version));
        Assert.Same(first.Refusal, second.Refusal);
        Assert.Equal(2, loads);
        Assert.Equal("v2", mended.Version);
    }

    [Fact(Timeout = Limit)]
    public async Task Lease_that_is_given_back_gives_no_model()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var acquired = await test.AcquireAsync("cats");

        acquired.Dispose();
        acquired.Dispose();

        Assert.Throws<ObjectDisposedException>(() => acquired.Lease!.Model);
        Assert.Equal(0, Assert.Single(test.Cache.Snapshot().Models).Leases);
    }

    [Fact(Timeout = Limit)]
    public async Task Ended_cache_unloads_what_is_idle_at_once_and_what_is_leased_after_its_last_lease()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("idle");
        test.Publish("busy");
        var acquired = await test.AcquireAsync("busy");

        test.Cache.Dispose();

        Assert.Equal(1, test.Backends.Live);
        Backend(acquired).Use();
        acquired.Dispose();
        Assert.Equal((0, 0L), (test.Backends.Live, test.Cache.Snapshot().ResidentBytes));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.AcquireAsync("idle"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.AcquireAsync("other"));
    }

    [Fact(Timeout = Limit)]
    public async Task Load_that_outlives_the_cache_leaves_nothing_behind()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var created = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        test.Backends.OnCreate = async _ =>
        {
            created.SetResult();
            await gate.Task;
            return null;
        };
        var request = test.AcquireAsync("cats");
        await created.Task;

        test.Cache.Dispose();
        gate.SetResult();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => request);
        await UntilAsync(() => test.Cache.Snapshot().Models.Count == 0);
        Assert.Equal((1, 0, 0L), (test.Backends.Created, test.Backends.Live, test.Cache.Snapshot().ResidentBytes));
    }
}
