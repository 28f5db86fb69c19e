using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Tests.Candidates;

public sealed class ComparisonSampleTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly ModelName Model = ModelName.Parse("cifar10").Value;

    [Fact]
    public async Task A_larger_sample_contains_the_smaller_one()
    {
        var drops = new Drops([.. Enumerable.Range(0, 500).Select(i => $"{i}.jpg")]);

        var small = await DrawAsync(drops, new Truths(), 20);
        var large = await DrawAsync(drops, new Truths(), 100);
        var all = await DrawAsync(drops, new Truths(), null);

        Assert.Equal((20, 100, 500), (small.Images.Count, large.Images.Count, all.Images.Count));
        Assert.Subset(Names(large), Names(small));
        Assert.NotEqual(
            Enumerable.Range(0, 20).Select(i => $"{i}.jpg").Order(StringComparer.Ordinal), Names(small));
    }

    [Fact]
    public async Task Images_of_known_labels_are_added_and_not_counted_as_drawn()
    {
        var drops = new Drops([.. Enumerable.Range(0, 500).Select(i => $"{i}.jpg")]);
        var truth = new Truths(("7.jpg", "cat"), ("8.jpg", "dog"), ("9.jpg", "unheard of"), ("gone.jpg", "dog"));

        var sample = await DrawAsync(drops, truth, 10);

        Assert.Equal(10, sample.Images.Count(image => image.IsSampled));
        Assert.Equal(["7.jpg", "8.jpg"], sample.Images.Where(image => image.Truth is not null).Select(image => image.Name));
    }

    [Fact]
    public async Task Archives_and_names_that_cannot_be_addressed_are_left_out()
    {
        var sample = await DrawAsync(new Drops(["a.jpg", "b.zip", "c\\d.jpg"]), new Truths(), null);

        Assert.Equal(["a.jpg"], Names(sample));
        Assert.Equal(1, sample.Archives);
    }

    [Fact]
    public async Task Only_current_whole_answers_are_taken_from_labels()
    {
        var drops = new Drops(["current.jpg", "cut.jpg", "old.jpg", "other.jpg", "none.jpg"])
        {
            Labels =
            {
                ("current.jpg.json", Stamp("e", "v1", "cat")),
                ("cut.jpg.json", Stamp("e", "v1", new string('x', LabelStamp.MaxAnswer))),
                ("old.jpg.json", Stamp("e", "v0", "cat")),
                ("other.jpg.json", Stamp("another", "v1", "cat")),
            },
        };

        var sample = await DrawAsync(drops, new Truths(), null);

        Assert.Equal(
            ["current.jpg"], sample.Images.Where(image => image.Before is not null).Select(image => image.Name));
    }

    private static Task<ComparisonSample> DrawAsync(Drops drops, Truths truth, int? most) =>
        ComparisonSample.DrawAsync(drops, truth, Model, "v1", label => label == "unheard of" ? null : label, most, None);

    private static SortedSet<string> Names(ComparisonSample sample) =>
        new(sample.Images.Select(image => image.Name), StringComparer.Ordinal);

    private static LabelStamp Stamp(string image, string version, string answer) =>
        new(image, version) { Answer = answer };

    private sealed class Drops(IReadOnlyList<string> names) : IDropListing
    {
        public List<(string Name, LabelStamp Stamp)> Labels { get; } = [];

        public IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken) =>
            new[] { Model }.ToAsyncEnumerable();

        public IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
            names.Order(StringComparer.Ordinal).Select(name => new ListedImage(name, "e")).ToAsyncEnumerable();

        public IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken) =>
            Labels.Select(label => new ListedLabel(label.Name, label.Stamp)).ToAsyncEnumerable();

        public IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
            ModelName model, string? from, int size, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
            ModelName model, string? from, int? size, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class Truths(params (string Image, string Label)[] known) : ITruthStore
    {
        public IAsyncEnumerable<KnownImage> ListAsync(ModelName model, CancellationToken cancellationToken) =>
            known.Select(each => new KnownImage(each.Image, each.Label)).ToAsyncEnumerable();

        public Task<CorrectLabel?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task WriteAsync(
            ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<bool> TryAddAsync(
            ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task RemoveAsync(ModelName model, string image, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
