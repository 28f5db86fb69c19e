using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheAliasTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task A_model_and_its_alias_are_in_memory_once()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats-v1");
        test.Catalog.Alias(Name("cats"), Name("cats-v1"));

        using var direct = await test.AcquireAsync("cats-v1");
        using var aliased = await test.AcquireAsync("cats");

        Assert.Equal(1, test.Backends.Created);
        Assert.Same(direct.Lease!.Model, aliased.Lease!.Model);
        Assert.Equal("v1", aliased.Version);
        Assert.Single(test.Cache.Snapshot().Models);
    }

    [Fact(Timeout = Limit)]
    public async Task A_switched_alias_is_followed_after_the_refresh_time()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats-v1", "a");
        test.Publish("cats-v2", "b");
        test.Catalog.Alias(Name("cats"), Name("cats-v1"));
        using var first = await test.AcquireAsync("cats");
        test.Catalog.Alias(Name("cats"), Name("cats-v2"));

        test.Time.Advance(TimeSpan.FromSeconds(30));
        using var before = await test.AcquireAsync("cats");
        test.Time.Advance(TimeSpan.FromMinutes(1));
        using var after = await test.AcquireAsync("cats");

        Assert.Equal(("a", "a", "b"), (first.Version, before.Version, after.Version));
        Assert.Equal("cats-v2", after.Lease!.Model.Descriptor.Name.Value);
        // Whoever leased the first goes on with it.
        Assert.Equal("cats-v1", first.Lease!.Model.Descriptor.Name.Value);
    }

    [Fact(Timeout = Limit)]
    public async Task Caller_that_saw_the_alias_switched_gets_the_new_target_at_once()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats-v1", "a");
        test.Publish("cats-v2", "b");
        test.Catalog.Alias(Name("cats"), Name("cats-v1"));
        await test.TouchAsync("cats");
        test.Catalog.Alias(Name("cats"), Name("cats-v2"));

        using var acquired = await test.AcquireAsync("cats", "b");

        Assert.Equal("b", acquired.Version);
    }

    [Fact(Timeout = Limit)]
    public async Task A_target_that_is_published_anew_is_what_its_alias_stands_for()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats-v1", "a");
        test.Catalog.Alias(Name("cats"), Name("cats-v1"));
        await test.TouchAsync("cats");
        test.Publish("cats-v1", "a2");
        test.Time.Advance(TimeSpan.FromMinutes(2));

        using var acquired = await test.AcquireAsync("cats");

        Assert.Equal("a2", acquired.Version);
    }

    [Fact(Timeout = Limit)]
    public async Task A_name_that_turns_from_a_model_into_an_alias_gives_its_model_up()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats", "own");
        test.Publish("cats-v1", "a");
        await test.TouchAsync("cats");
        test.Catalog.Alias(Name("cats"), Name("cats-v1"));
        test.Time.Advance(TimeSpan.FromMinutes(2));

        using var acquired = await test.AcquireAsync("cats");

        Assert.Equal("a", acquired.Version);
        Assert.Equal(["cats-v1"], test.Cache.Snapshot().Models.Select(model => model.Name.Value));
    }
}
