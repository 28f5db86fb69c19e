using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tests.Rescore;
using ServerlessMme.Testing.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class RecentModelsTests : IDisposable
{
    private const int Limit = 15_000;

    private readonly MemoryDocuments _documents = new(new Faults());
    private readonly CancellationTokenSource _stop = new();
    private int _writes;

    public RecentModelsTests() => _documents.BeforeWrite = _ =>
    {
        Interlocked.Increment(ref _writes);
        return Task.CompletedTask;
    };

    public void Dispose() => _stop.Dispose();

    [Fact(Timeout = Limit)]
    public async Task The_next_process_loads_the_models_used_last()
    {
        using var first = await WarmAsync("a", "b", "c");
        await RememberAsync(Recent(first), first, writes: 1);
        using var next = new CacheUnderTest(options => options.PreloadRecent = 2);
        next.Publish("a");
        next.Publish("b");
        next.Publish("c");

        await Recent(next).LoadAsync(CancellationToken.None);

        Assert.Equal("b c", next.Ready);
        Assert.All(next.Cache.Snapshot().Models, model => Assert.Equal(0, model.Leases));
    }

    [Fact(Timeout = Limit)]
    public async Task Of_a_group_its_members_are_remembered()
    {
        using var test = await WarmAsync("a");
        test.Catalog.Group(CacheUnderTest.Name("topics"), CacheUnderTest.Name("a"));
        var group = await test.AcquireAsync("topics");
        using (await test.Cache.AcquireAsync(group.Members![0], CancellationToken.None))
        {
            await RememberAsync(Recent(test), test, writes: 1);
        }

        Assert.Equal("""{"models":["a"]}""", await ListAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task The_list_is_written_only_when_other_models_are_used()
    {
        using var test = await WarmAsync("a", "b", "c");
        var recent = Recent(test);
        var remembering = recent.RememberAsync(_stop.Token);
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheUnderTest.UntilAsync(() => _writes == 1);

        await test.TouchAsync("b");
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await test.TouchAsync("a");
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheUnderTest.UntilAsync(() => _writes == 2);
        await _stop.CancelAsync();
        await remembering;

        Assert.Equal("""{"models":["a","b"]}""", await ListAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task Models_that_nobody_asks_for_give_way_to_those_that_are_asked_for()
    {
        await WriteAsync("""{"models":["a","b"]}""");
        using var test = new CacheUnderTest(options => options.PreloadRecent = 2);
        test.Publish("a");
        test.Publish("b");
        test.Publish("c");
        var recent = Recent(test);
        await recent.LoadAsync(CancellationToken.None);
        test.Time.Advance(TimeSpan.FromSeconds(1));

        await test.TouchAsync("c");
        await test.TouchAsync("b");
        await RememberAsync(recent, test, writes: 2);

        Assert.Equal("""{"models":["b","c"]}""", await ListAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task Models_that_other_processes_use_stay_on_the_list()
    {
        using var test = await WarmAsync("c");
        await WriteAsync("""{"models":["a","b"]}""");

        await RememberAsync(Recent(test), test, writes: 2);

        Assert.Equal("""{"models":["c","a"]}""", await ListAsync());
    }

    [Fact(Timeout = Limit)]
    public async Task Loading_stops_when_half_of_the_memory_is_taken()
    {
        await WriteAsync("""{"models":["a","b","c","d"]}""");
        using var test = new CacheUnderTest();
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            test.Publish(name, units: 3);
        }

        await Recent(test).LoadAsync(CancellationToken.None);

        Assert.Equal("a b", test.Ready);
    }

    [Fact(Timeout = Limit)]
    public async Task A_model_that_cannot_be_fetched_does_not_keep_the_next_from_being_loaded()
    {
        await WriteAsync("""{"models":["broken","good"]}""");
        using var test = new CacheUnderTest();
        test.Publish("broken");
        test.Publish("good");
        test.Catalog.OnFetch = descriptor =>
            descriptor.Name.Value == "broken" ? throw new IOException("The cable is out.") : Task.CompletedTask;

        await Recent(test).LoadAsync(CancellationToken.None);

        Assert.Equal("good", test.Ready);
    }

    [Theory(Timeout = Limit)]
    [InlineData("not JSON")]
    [InlineData("""{"models":null}""")]
    [InlineData("""{"models":["../etc","gone"]}""")]
    public async Task A_list_that_is_of_no_use_keeps_nothing_from_starting(string list)
    {
        await WriteAsync(list);
        using var test = new CacheUnderTest();

        await Recent(test).LoadAsync(CancellationToken.None);

        Assert.Equal("", test.Ready);
    }

    [Fact(Timeout = Limit)]
    public async Task None_are_loaded_or_remembered_if_the_setting_is_zero()
    {
        await WriteAsync("""{"models":["a"]}""");
        using var test = new CacheUnderTest(options => options.PreloadRecent = 0);
        await test.WarmAsync("b");
        var recent = Recent(test);

        await recent.LoadAsync(CancellationToken.None);
        await recent.RememberAsync(CancellationToken.None);

        Assert.Equal("b", test.Ready);
        Assert.Equal("""{"models":["a"]}""", await ListAsync());
    }

    private static async Task<CacheUnderTest> WarmAsync(params string[] names)
    {
        var test = new CacheUnderTest(options => options.PreloadRecent = 2);
        foreach (var name in names)
        {
            await test.WarmAsync(name);
        }

        return test;
    }

    private async Task RememberAsync(RecentModels recent, CacheUnderTest test, int writes)
    {
        var remembering = recent.RememberAsync(_stop.Token);
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheUnderTest.UntilAsync(() => _writes == writes);
        await _stop.CancelAsync();
        await remembering;
    }

    private Task WriteAsync(string list) => _documents.TryWriteAsync(
        RecentModels.Document, new NewDocument(Encoding.UTF8.GetBytes(list)), WriteCondition.None, _stop.Token);

    private RecentModels Recent(CacheUnderTest test) => new(
        test.Cache, _documents, Options.Create(test.Options), test.Time, NullLogger<RecentModels>.Instance);

    private async Task<string> ListAsync() =>
        Encoding.UTF8.GetString((await _documents.ReadAsync(RecentModels.Document, _stop.Token))!.Json.Span);
}
