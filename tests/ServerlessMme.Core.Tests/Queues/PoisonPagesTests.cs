using System.Collections.Concurrent;
using System.Text;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Tests.Queues;

public sealed class PoisonPagesTests : IDocumentStore, IMessageQueue
{
    private const string Folder = "poison/";
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly ConcurrentDictionary<string, (string Json, DateTimeOffset At)> _reasons = new();
    private readonly List<string> _queue = [];
    private readonly TaskCompletionSource _several = new();
    private bool _isMissing;
    private int _reads;
    private int _reading;
    private int _waitsFor = 1;

    [Fact]
    public async Task A_page_reads_the_reasons_that_it_shows_and_tells_the_number_of_all()
    {
        Add(1000);

        var page = await ReadAsync(null, null, 100);

        Assert.Equal(100, page.Items.Count);
        Assert.Equal(1000, page.Found);
        Assert.Equal("message 999", page.Items[0].Message);
        Assert.InRange(_reads, 100, 120);
    }

    [Fact]
    public async Task A_queue_that_does_not_exist_has_no_messages()
    {
        _isMissing = true;

        var page = await ReadAsync(null, null, 100);

        Assert.Equal((0, 0), (page.Items.Count, page.Found));
        var admin = new PoisonAdmin(new MessageQueues(this, this), this);
        Assert.Equal(0, await admin.CountAsync(None));
        Assert.Empty(await admin.RetryAsync((string?)null, None));
        Assert.Empty(await admin.DropAsync((string?)null, None));
    }

    [Theory]
    [InlineData(null, 235)]
    [InlineData("message 1", 111)]
    public async Task Pages_have_every_message_once_newest_first_and_then_those_without_a_reason(
        string? search, int found)
    {
        Add(230);
        _queue.AddRange(Enumerable.Range(0, 5).Select(i => $"no reason {i}"));

        var entries = new List<PoisonEntry>();
        PoisonPlace? after = null;
        do
        {
            var page = await ReadAsync(search, after, 50);
            Assert.Equal(found, page.Found);
            Assert.InRange(page.Items.Count, 1, 50);
            entries.AddRange(page.Items);
            after = page.Next is { } next ? PoisonPlace.Parse(next.ToString()) : null;
            Assert.Equal(page.Next, after);
        }
        while (after is not null);

        Assert.Equal(found, entries.Select(entry => entry.Digest).Distinct().Count());
        Assert.Equal(found, entries.Count);
        Assert.Equal(entries.OrderByDescending(entry => entry.GivenUpAt.GetValueOrDefault()).Select(e => e.GivenUpAt),
            entries.Select(entry => entry.GivenUpAt));
    }

    [Fact]
    public async Task Messages_that_leave_meanwhile_shift_no_page()
    {
        Add(30);
        var first = await ReadAsync(null, null, 10);
        foreach (var entry in first.Items)
        {
            _reasons.TryRemove(entry.Digest, out _);
        }

        var second = await ReadAsync(null, first.Next, 10);

        Assert.Equal("message 19", second.Items[0].Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Reasons_are_read_several_at_once()
    {
        Add(100);
        _waitsFor = 8;

        Assert.Equal(100, (await ReadAsync("message", null, 10)).Found);
    }

    [Fact]
    public async Task Messages_that_no_page_can_show_count_all_the_same()
    {
        _queue.AddRange(Enumerable.Range(0, 40).Select(number => $"silent {number}"));

        var page = await ReadAsync(null, null, 100);

        Assert.Equal(40, page.Found);
        Assert.Equal(32, page.Items.Count);
    }

    [Fact]
    public async Task A_search_finds_digests_reasons_and_texts_in_any_case()
    {
        Add(20);
        var digest = MessageDigest.Of("message 7"u8.ToArray());

        Assert.Equal([digest], await FindAsync(digest.ToUpperInvariant()));
        Assert.Equal([digest], await FindAsync("MESSAGE 7"));
        Assert.Equal(20, (await FindAsync("ioexception")).Count);
        Assert.Empty(await FindAsync("nothing"));
    }

    [Fact]
    public async Task A_reason_that_nobody_can_read_is_listed_so_that_it_can_be_dropped()
    {
        Add(1);
        _reasons[_reasons.Keys.Single()] = ("no JSON", Noon);

        var entry = Assert.Single((await ReadAsync(null, null, 10)).Items);

        Assert.Empty(entry.Reasons);
        Assert.Null(entry.GivenUpAt);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("-1-0f343b0931126a20f133d67c2b018a3b")]
    [InlineData("1-0F343B0931126A20F133D67C2B018A3B")]
    [InlineData("9999999999999999999-0f343b0931126a20f133d67c2b018a3b")]
    [InlineData("4000000000000000000-0f343b0931126a20f133d67c2b018a3b")]
    [InlineData("1-../jobs")]
    public void Another_text_is_no_place(string text) => Assert.Null(PoisonPlace.Parse(text));

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public async Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        if (Interlocked.Increment(ref _reading) >= _waitsFor)
        {
            _several.TrySetResult();
        }

        await _several.Task;
        Interlocked.Decrement(ref _reading);
        return _reasons.TryGetValue(name[Folder.Length..^".json".Length], out var found)
            ? new StoredDocument(Encoding.UTF8.GetBytes(found.Json), "1", TimeSpan.Zero)
            : null;
    }

    public Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> WriteAsync(
        string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    Task IDocumentStore.RemoveAsync(string name, string? version, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedDocument> ListAsync(string folder, CancellationToken cancellationToken) =>
        _reasons.Select(each => new ListedDocument(
                PoisonWriter.ReasonName(each.Key), new Dictionary<string, string>(), each.Value.At))
            .Append(new ListedDocument(folder + "readme.txt", new Dictionary<string, string>(), Noon))
            .ToList().ToAsyncEnumerable();

    Task IMessageQueue.SendAsync(ReadOnlyMemory<byte> body, TimeSpan delay, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ReceivedMessages> ReceiveAsync(
        int maxMessages, TimeSpan visibilityTimeout, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<PeekedMessage>> PeekAsync(int maxMessages, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PeekedMessage>>(
            [.. _queue.Take(maxMessages).Select(text => new PeekedMessage(Encoding.UTF8.GetBytes(text), 5, Noon))]);

    public Task<int> CountAsync(CancellationToken cancellationToken) =>
        _isMissing ? throw new IOException("There is no queue.") : Task.FromResult(_queue.Count);

    public Task<bool> ExistsAsync(CancellationToken cancellationToken) => Task.FromResult(!_isMissing);

    /// <summary>Messages with a reason, each a second newer than the one before; some at the same second.</summary>
    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var text = $"message {i}";
            var at = Noon.AddSeconds(i - (i % 10 == 5 ? 1 : 0));
            var json = $$"""{"reasons":[{"code":"IOException","message":"full"}],"tries":5,"givenUpAt":"{{at:O}}","""
                + $"\"originalMessage\":\"{text}\"}}";
            _reasons[MessageDigest.Of(Encoding.UTF8.GetBytes(text))] = (json, at);
        }
    }

    private Task<PoisonPage> ReadAsync(string? search, PoisonPlace? after, int count) =>
        new PoisonPages(new MessageQueues(this, this), this).ReadAsync(search, after, count, None);

    private Task<IReadOnlySet<string>> FindAsync(string search) =>
        new PoisonPages(new MessageQueues(this, this), this).FindAsync(search, None);
}
