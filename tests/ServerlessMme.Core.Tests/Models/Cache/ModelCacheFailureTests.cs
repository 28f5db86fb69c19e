using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheFailureTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task Second_request_after_a_failed_load_succeeds_once_the_cause_is_gone()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        test.Catalog.OnFetch = _ => throw new IOException("The cable is out.");
        await Assert.ThrowsAsync<IOException>(() => test.AcquireAsync("cats"));

        test.Catalog.OnFetch = _ => Task.CompletedTask;
        test.Time.Advance(TimeSpan.FromSeconds(5));
        using var acquired = await test.AcquireAsync("cats");

        Assert.NotNull(acquired.Lease);
        Assert.Equal(1, test.UsedUnits);
    }

    [Fact(Timeout = Limit)]
    public async Task Failed_load_is_remembered_with_its_cause_for_a_short_time()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var cause = new IOException("The cable is out.");
        test.Catalog.OnFetch = _ => throw cause;
        Assert.Same(cause, await Assert.ThrowsAsync<IOException>(() => test.AcquireAsync("cats")));

        test.Time.Advance(TimeSpan.FromSeconds(4.999));

        Assert.Same(cause, await Assert.ThrowsAsync<IOException>(() => test.AcquireAsync("cats")));
        Assert.Same(cause, await Assert.ThrowsAsync<IOException>(() => test.AcquireAsync("cats", "v1")));
        Assert.Equal((1, 1), (test.Catalog.Finds, test.Catalog.Fetches));
    }

    [Fact(Timeout = Limit)]
    public async Task Failed_load_is_not_held_against_a_newer_version()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        test.Catalog.OnFetch = descriptor =>
            descriptor.Version == "v1" ? throw new IOException("The cable is out.") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => test.AcquireAsync("cats"));
        test.Publish("cats", "v2");

        using var acquired = await test.AcquireAsync("cats", "v2");
        using var unaware = await test.AcquireAsync("cats");

        Assert.Equal(("v2", "v2"), (acquired.Version, unaware.Version));
    }

    [Fact(Timeout = Limit)]
    public async Task Every_waiter_of_a_failed_load_gets_its_cause()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        var gate = new TaskCompletionSource();
        test.Catalog.OnFetch = _ => gate.Task;
        var requests = Enumerable.Range(0, 5).Select(_ => test.AcquireAsync("cats")).ToArray();

        var cause = new IOException("The cable is out.");
        gate.SetException(cause);

        foreach (var request in requests)
        {
            Assert.Same(cause, await Assert.ThrowsAsync<IOException>(() => request));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Failed_load_gives_back_its_reserved_bytes_and_its_place()
    {
        using var test = new CacheUnderTest(options => options.ConcurrentLoads = 1);
        test.Publish("cats", units: 10);
        test.Publish("dogs", units: 10);
        test.Backends.OnCreate = descriptor =>
            descriptor.Name == Name("cats") ? throw new IOException("The cable is out.") : NoRefusal();
        await Assert.ThrowsAsync<IOException>(() => test.AcquireAsync("cats"));

        Assert.Empty(test.Cache.Snapshot().Models);
        Assert.Equal(0, test.UsedUnits);
        using var acquired = await test.AcquireAsync("dogs");
        Assert.NotNull(acquired.Lease);
        Assert.Equal([1d], test.Meters.Values("ModelLoadFailures", "cats IOException"));
    }

    [Fact(Timeout = Limit)]
    public async Task Trouble_with_the_look_up_is_thrown_and_the_next_request_looks_again()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats");
        test.Catalog.OnFind = _ => throw new IOException("The cable is out.");
        await Assert.ThrowsAsync<IOException>(() => test.AcquireAsync("cats"));

        test.Catalog.OnFind = _ => Task.CompletedTask;
        using var acquired = await test.AcquireAsync("cats");

        Assert.NotNull(acquired.Lease);
    }

    [Fact(Timeout = Limit)]
    public async Task Backend_that_fails_to_dispose_does_not_fail_who_gave_the_lease_back()
    {
        using var test = new CacheUnderTest();
        await test.WarmAsync("a", units: 8);
        test.Backends.OnDispose = _ => throw new InvalidOperationException("Will not go.");

        await test.WarmAsync("b", units: 8);

        Assert.Equal(("b", 8L), (test.Ready, test.UsedUnits));
    }

    private static Task<Core.Failures.Refusal?> NoRefusal() => Task.FromResult<Core.Failures.Refusal?>(null);
}
