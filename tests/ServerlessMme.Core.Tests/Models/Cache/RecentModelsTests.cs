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
        await RememberAsync(first);
        using var next = new CacheUnderTest(options => options.PreloadRecent = 2);
        next.Publish("a");
        next.Publish("b");
        next.Publish("c");

        await Recent(next).LoadAsync(CancellationToken.None);

        Assert.Equal("b c", next.Ready);
        Assert.All(next.Cache.Snapshot().Models, model => Assert.Equal(0, model.Leases));
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

    [Theory(Timeout = Limit)]
    [InlineData("not JSON")]
    [InlineData("""{"models":null}""")]
    [InlineData("""{"models":["../etc","gone"]}""")]
    public async Task A_list_that_is_of_no_use_keeps_nothing_from_starting(string list)
    {
        await _documents.TryWriteAsync(
            RecentModels.Document, new NewDocument(Encoding.UTF8.GetBytes(list)), WriteCondition.None, _stop.Token);
        using var test = new CacheUnderTest();

        await Recent(test).LoadAsync(CancellationToken.None);

        Assert.Equal("", test.Ready);
    }

    [Fact(Timeout = Limit)]
    public async Task None_are_loaded_or_remembered_if_the_setting_is_zero()
    {
        await _documents.TryWriteAsync(
            RecentModels.Document, new NewDocument("""{"models":["a"]}"""u8.ToArray()), WriteCondition.None, _stop.Token);
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

    private async Task RememberAsync(CacheUnderTest test)
    {
        var remembering = Recent(test).RememberAsync(_stop.Token);
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheUnderTest.UntilAsync(() => _writes == 1);
        await _stop.CancelAsync();
        await remembering;
    }

    private RecentModels Recent(CacheUnderTest test) => new(
        test.Cache, _documents, Options.Create(test.Options), test.Time, NullLogger<RecentModels>.Instance);

    private async Task<string> ListAsync() =>
        Encoding.UTF8.GetString((await _documents.ReadAsync(RecentModels.Document, _stop.Token))!.Json.Span);
}
