using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;

namespace ServerlessMme.Core.Tests.Reconcile;

public sealed class LabelMergeTests
{
    private const string Version = "v1";

    [Fact]
    public async Task An_image_without_label_is_stale() =>
        Assert.Equal(["b"], await FindAsync(["a", "b", "c"], ["a.json", "c.json"]));

    [Fact]
    public async Task No_labels_at_all_make_every_image_stale() =>
        Assert.Equal(["a", "b"], await FindAsync(["a", "b"], []));

    [Fact]
    public async Task Labels_without_image_are_passed_over() =>
        Assert.Equal(["m"], await FindAsync(["m"], ["a.json", "b.txt", "l.json", "n.json", "z"]));

    [Fact]
    public async Task A_name_that_another_begins_with_is_found_although_the_listings_differ_in_order()
    {
        // a < a-b < a.b, but a-b.json < a.b.json < a.json.
        string[] images =
            ["a", "a b", "a-b", "a-b-c", "a.b", "a.json", "a.tar.gz", "a.zip", "a.zip-b", "a.zip.b", "a/b", "ab"];
        var labels = images.Select(LabelName.Of).Order(StringComparer.Ordinal).ToArray();

        Assert.Empty(await FindAsync(images, labels));
        Assert.Empty(await FindAsync(images, [.. labels.Append("a.zip.jsonl").Order(StringComparer.Ordinal)]));
        foreach (var image in images)
        {
            Assert.Equal([image], await FindAsync(images, [.. labels.Where(label => label != LabelName.Of(image))]));
        }
    }

    [Fact]
    public async Task An_archives_label_is_its_summary_and_lines_alone_are_none()
    {
        Assert.Empty(await FindAsync(["a.zip"], ["a.zip.jsonl", "a.zip.summary.json"]));
        Assert.Equal(["a.zip"], await FindAsync(["a.zip"], ["a.zip.json", "a.zip.jsonl"]));
    }

    [Fact]
    public async Task Another_image_or_model_version_is_stale()
    {
        var stale = await ToListAsync(LabelMerge.FindStaleAsync(
            new[] { new ListedImage("a", "1"), new ListedImage("b", "2"), new ListedImage("c", "1") }.ToAsyncEnumerable(),
            new[]
            {
                new ListedLabel("a.json", new LabelStamp("1", Version)),
                new ListedLabel("b.json", new LabelStamp("1", Version)),
                new ListedLabel("c.json", new LabelStamp("1", "v0")),
            }.ToAsyncEnumerable(),
            Version));

        Assert.Equal(["b", "c"], stale);
    }

    [Fact]
    public async Task The_order_of_labels_is_reached_for_random_names()
    {
        var random = new Random(7);
        string[] pieces = ["a", "-", ".", "/", "b", "~", ".zip"];
        for (var round = 0; round < 300; round++)
        {
            var names = Enumerable.Range(0, 40)
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 5))
                    .Select(_ => pieces[random.Next(pieces.Length)])))
                .Distinct().Order(StringComparer.Ordinal).ToList();

            var sorted = await ToListAsync(LabelOrder.SortAsync(
                names.Select(name => new ListedImage(name, "")).ToAsyncEnumerable(), image => image.Name));

            Assert.Equal(names.OrderBy(LabelName.Of, StringComparer.Ordinal), sorted);
        }
    }

    private static Task<List<string>> FindAsync(string[] images, string[] labels) => ToListAsync(
        LabelMerge.FindStaleAsync(
            images.Select(name => new ListedImage(name, "1")).ToAsyncEnumerable(),
            labels.Select(name => new ListedLabel(name, new LabelStamp("1", Version))).ToAsyncEnumerable(),
            Version));

    private static async Task<List<string>> ToListAsync(IAsyncEnumerable<ListedImage> images) =>
        await images.Select(image => image.Name).ToListAsync();
}
