using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class ModelCacheGroupTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task A_group_gives_its_members_and_loads_none()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats", "1");
        test.Catalog.Group(Name("topics"), Name("cats"), Name("ghost"));

        using var acquired = await test.AcquireAsync("topics");

        Assert.Equal([new(Name("cats"), "1"), new GroupMember(Name("ghost"), null)], acquired.Members);
        Assert.Equal(GroupVersion.Of(acquired.Members!), acquired.Version);
        Assert.Equal(ErrorCode.ModelIsGroup, acquired.Refusal?.Code);
        Assert.Null(acquired.Lease);
        Assert.Equal(0, test.Backends.Created);
    }

    [Fact(Timeout = Limit)]
    public async Task A_group_is_looked_up_again_after_the_refresh_time_or_for_another_version()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats", "1");
        test.Catalog.Group(Name("topics"), Name("cats"));
        using var first = await test.AcquireAsync("topics");
        test.Publish("cats", "2");

        using var cached = await test.AcquireAsync("topics");
        using var expected = await test.AcquireAsync("topics", GroupVersion.Of([new(Name("cats"), "2")]));
        test.Publish("cats", "3");
        test.Time.Advance(TimeSpan.FromMinutes(2));
        using var late = await test.AcquireAsync("topics");

        Assert.Equal(
            ["1", "1", "2", "3"],
            new[] { first, cached, expected, late }.Select(acquired => acquired.Members!.Single().Version!));
    }

    [Fact(Timeout = Limit)]
    public async Task A_warm_member_costs_no_request()
    {
        using var test = new CacheUnderTest();
        test.Publish("v1", "1");
        test.Publish("broken", "1");
        test.Backends.OnCreate = descriptor => Task.FromResult(
            descriptor.Name.Value == "broken" ? new Refusal(ErrorCode.InvalidModel, "Broken.") : null);
        test.Catalog.Alias(Name("cats"), Name("v1"));
        GroupMember[] members = [new(Name("v1"), "1"), new(Name("cats"), "1"), new(Name("broken"), "1")];
        await AcquireAllAsync();
        var finds = test.Catalog.Finds;
        test.Time.Advance(TimeSpan.FromHours(1));

        await AcquireAllAsync();

        Assert.Equal(finds, test.Catalog.Finds);

        async Task AcquireAllAsync()
        {
            foreach (var member in members)
            {
                using var acquired = await test.Cache.AcquireAsync(member, CancellationToken.None);
                Assert.Equal("1", acquired.Version);
                Assert.Equal(member.Name.Value == "broken", acquired.Refusal is not null);
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task A_member_that_has_been_replaced_is_looked_up()
    {
        using var test = new CacheUnderTest();
        test.Publish("cats", "1");
        await test.TouchAsync("cats");
        test.Publish("cats", "2");

        using var acquired = await test.Cache.AcquireAsync(new GroupMember(Name("cats"), "2"), CancellationToken.None);

        Assert.Equal("2", acquired.Version);
    }

    [Fact(Timeout = Limit)]
    public async Task A_group_without_a_published_member_is_refused_and_recovers()
    {
        using var test = new CacheUnderTest();
        test.Catalog.Group(Name("topics"), Name("cats"));
        using var before = await test.AcquireAsync("topics");
        test.Publish("cats", "1");

        using var after = await test.AcquireAsync("topics");

        Assert.Equal((ErrorCode.ModelNotFound, null, null), (before.Refusal!.Code, before.Version, before.Members));
        Assert.NotNull(after.Members);
    }

    [Fact(Timeout = Limit)]
    public async Task Preloading_a_group_loads_its_members_into_half_the_budget()
    {
        using var test = new CacheUnderTest(options => options.Preload = ["topics"]);
        ModelName[] names = [.. Enumerable.Range(0, 20).Select(i => Name($"m{i}"))];
        foreach (var name in names.Skip(1))
        {
            test.Catalog.Publish(name, "1", Unit);
        }

        test.Catalog.Group(Name("topics"), names);

        await test.Cache.PreloadAsync(CancellationToken.None);

        Assert.Equal("m1 m2 m3 m4 m5 m6", test.Ready);
    }
}
