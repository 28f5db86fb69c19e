using System.Globalization;
using System.Text;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Tests.Review;

public sealed class AnswerPagesTests : IDropListing, ILabelReader
{
    private static readonly ModelName Model = ModelName.Parse("m").Value;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, string> _lines = [];
    private readonly List<int?> _sizes = [];
    private int _pageSize = 2;

    [Fact]
    public async Task Pages_follow_the_storage_services_pages()
    {
        Add("a", "b", "c");

        var first = await ReadAsync(default);
        var second = await ReadAsync(first.Next!.Value);

        Assert.Equal(["a", "b"], Images(first));
        Assert.Equal(2, first.Seen);
        Assert.Equal(["c"], Images(second));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task A_large_archive_takes_several_pages_and_no_line_is_lost_or_twice()
    {
        _names.AddRange(["a.json", "b.zip.summary.json", "c.json"]);
        _pageSize = 3;
        _lines["b.zip.jsonl"] = string.Concat(Enumerable.Range(0, 12_000).Select(i => Line($"b.zip/{i}") + "\n"));

        var images = new List<string>();
        AnswerCursor? next = default(AnswerCursor);
        while (next is { } cursor)
        {
            Assert.True(AnswerCursor.TryParse(cursor.ToString(), out var parsed));
            var page = await ReadAsync(parsed);
            Assert.InRange(page.Seen, 1, AnswerPages.MaxSeen);
            images.AddRange(Images(page));
            next = page.Next;
        }

        Assert.Equal(["a", .. Enumerable.Range(0, 12_000).Select(i => $"b.zip/{i}"), "c"], images);
    }

    [Fact]
    public async Task A_short_page_asks_storage_for_no_more_and_a_long_one_goes_on_after_it()
    {
        Add("a", "b", "c", "d", "e");
        _pageSize = 5000;

        var first = await ReadAsync(default, 2);
        var second = await ReadAsync(first.Next!.Value);

        Assert.Equal(["a", "b"], Images(first));
        Assert.Equal(["c", "d", "e"], Images(second));
        Assert.Equal([2, AnswerPages.MaxSeen], _sizes);
    }

    [Fact]
    public async Task Pages_of_any_length_lose_no_answer_and_give_none_twice()
    {
        _names.AddRange(["a.json", "b.zip.summary.json", "c.json", "d.json", "e.zip.summary.json", "f.json"]);
        _pageSize = 4;
        foreach (var archive in new[] { "b.zip", "e.zip" })
        {
            _lines[$"{archive}.jsonl"] = string.Concat(
                Enumerable.Range(0, 50).Select(i => Line($"{archive}/{i}") + "\n"));
        }

        var images = new List<string>();
        AnswerCursor? next = default(AnswerCursor);
        for (var count = 1; next is { } cursor; count = (count * 3) % 17)
        {
            var page = await ReadAsync(cursor, count);
            Assert.InRange(page.Seen, 0, count);
            images.AddRange(Images(page));
            next = page.Next;
            // The storage service may make shorter pages the next time.
            _pageSize = (_pageSize % 4) + 1;
        }

        Assert.Equal(104, images.Count);
        Assert.Equal(104, images.Distinct().Count());
    }

    [Fact]
    public async Task A_label_that_was_removed_since_is_no_end()
    {
        Add("a", "c");

        var page = await ReadAsync(new AnswerCursor(null, "b.json"));

        Assert.Equal(["c"], Images(page));
    }

    [Fact]
    public async Task Blobs_of_others_are_seen_and_are_no_answers()
    {
        _names.Add("notes.txt");

        var page = await ReadAsync(default);

        Assert.Equal((0, 1), (page.Items.Count, page.Seen));
    }

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData("2!mark:er", null, 0)]
    [InlineData("m", "飛行機/a:b.json", 7)]
    [InlineData(null, "a", int.MaxValue)]
    public void A_cursor_is_read_as_it_was_written(string? marker, string? name, int line)
    {
        var cursor = new AnswerCursor(marker, name, line);

        Assert.True(AnswerCursor.TryParse(cursor.ToString(), out var parsed));
        Assert.Equal(cursor, parsed);
        Assert.Matches("^[A-Za-z0-9_-]+$", cursor.ToString());
    }

    [Theory]
    [InlineData("!")]
    [InlineData("AAAA")]
    [InlineData("OTo5OjE")] // 9:9:1
    [InlineData("LTE6MDo")] // -1:0:
    public void Another_text_is_no_cursor(string text) => Assert.False(AnswerCursor.TryParse(text, out _));

    public IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, CancellationToken cancellationToken)
    {
        _sizes.Add(size);
        var most = Math.Min(_pageSize, size ?? _pageSize);
        var start = from is null ? 0 : int.Parse(from, CultureInfo.InvariantCulture);
        return _names.Skip(start).Chunk(most).Select((names, i) => new ListedPage<ListedLabel>(
                [.. names.Select(name => new ListedLabel(name, Stamp(name)))],
                start + ((i + 1) * most) < _names.Count ? $"{start + ((i + 1) * most)}" : null))
            .ToAsyncEnumerable();
    }

    public Task<Stream?> OpenAsync(ModelName model, string name, CancellationToken cancellationToken) =>
        Task.FromResult<Stream?>(new MemoryStream(Encoding.UTF8.GetBytes(_lines[name])));

    private static LabelStamp Stamp(string name) =>
        new("e", "v") { Answer = name.EndsWith(".txt", StringComparison.Ordinal) ? null : "ship", Score = 0.5 };

    private static string Line(string image) =>
        $$"""{"image":{"name":"{{image}}"},"model":{"version":"v"},"label":"ship","score":0.5,"""
        + "\"classifiedAt\":\"2026-11-24T12:00:00Z\"}";

    private static string[] Images(AnswerPage page) => [.. page.Items.Select(item => item.Image)];

    private void Add(params string[] images) => _names.AddRange(images.Select(image => image + ".json"));

    private Task<AnswerPage> ReadAsync(AnswerCursor start, int count = AnswerPages.MaxSeen) =>
        new AnswerPages(this, this).ReadAsync(Model, start, count, _ => true, CancellationToken.None);
}
