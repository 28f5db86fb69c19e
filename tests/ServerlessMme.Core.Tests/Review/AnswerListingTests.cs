using System.Runtime.CompilerServices;
using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Tests.Review;

public sealed class AnswerListingTests : IDropListing, ILabelReader
{
    private static readonly ModelName Model = ModelName.Parse("m").Value;
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly SortedDictionary<string, LabelStamp> _listed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _blobs = [];
    private readonly List<string> _opened = [];

    [Fact]
    public async Task A_listing_alone_answers_without_reading_a_label()
    {
        Add("a.jpg", "ship", 0.91, Noon);
        Add("b.jpg", "plane", 0.4, Noon, isUnsure: true);
        Add("c.jpg", "error:NotAnImage", null, Noon);

        var answers = await ListAsync(new AnswerFilter());

        Assert.Equal(["a.jpg", "b.jpg", "c.jpg"], answers.Select(answer => answer.Image));
        Assert.Equal([0.91, 0.4, null], answers.Select(answer => answer.Score));
        Assert.Equal([null, null, "NotAnImage"], answers.Select(answer => answer.Error));
        Assert.Empty(_opened);
    }

    [Fact]
    public async Task Every_condition_must_hold()
    {
        Add("a.jpg", "ship", 0.5, Noon);
        Add("b.jpg", "ship", 0.9, Noon);
        Add("c.jpg", "plane", 0.5, Noon, isUnsure: true);
        Add("d.jpg", "error:NotAnImage", null, Noon.AddDays(-2));

        Assert.Equal(["a.jpg"], await NamesAsync(new AnswerFilter(Label: "ship", Below: 0.7)));
        Assert.Equal(["c.jpg"], await NamesAsync(new AnswerFilter(UnsureOnly: true)));
        Assert.Equal(["d.jpg"], await NamesAsync(new AnswerFilter(ErrorsOnly: true)));
        Assert.Empty(await NamesAsync(new AnswerFilter(ErrorsOnly: true, Since: Noon.AddDays(-1))));
        Assert.Equal(["b.jpg"], await NamesAsync(new AnswerFilter(Prefix: "b")));
    }

    [Fact]
    public async Task The_lines_of_an_archive_are_answers_of_their_own()
    {
        _listed["holiday.zip.jsonl"] = new LabelStamp("e", "v");
        _listed["holiday.zip.summary.json"] = new LabelStamp("e", "v");
        _blobs["holiday.zip.jsonl"] = Json("one.jpg", 0.9f) + "\n" + Json("two.jpg", 0.3f, isUnsure: true) + "\n";

        var answers = await ListAsync(new AnswerFilter(UnsureOnly: true));

        var answer = Assert.Single(answers);
        Assert.Equal(("holiday.zip", "two.jpg", "ship"), (answer.Archive, answer.Image, answer.Answer));
        Assert.Equal(0.3, answer.Score!.Value, 1e-6);
    }

    [Fact]
    public async Task Lines_that_are_no_label_are_passed_over()
    {
        _listed["holiday.zip.summary.json"] = new LabelStamp("e", "v");
        _blobs["holiday.zip.jsonl"] = "not json\n\n[1]\nnull\n{\"image\":7}\n" + Json("one.jpg", 0.9f);

        Assert.Equal(["one.jpg"], await NamesAsync(new AnswerFilter()));
    }

    [Fact]
    public async Task Only_selected_labels_are_read_for_their_best_classes()
    {
        Add("a.jpg", "ship", 0.91, Noon);
        Add("b.jpg", "ship", 0.2, Noon);
        Add("gone.jpg", "ship", 0.1, Noon);
        Add("refused.jpg", "error:NotAnImage", null, Noon);
        _blobs["b.jpg.json"] = Json("b.jpg", 0.2f);
        _blobs["refused.jpg.json"] = Encoding.UTF8.GetString(LabelJson.Write(Label("refused.jpg") with
        {
            Top = [],
            Error = new Refusal(ErrorCode.NotAnImage, "It is text."),
        }));

        var low = await ListAsync(new AnswerFilter(Below: 0.5), readsLabels: true);
        var refused = await ListAsync(new AnswerFilter(ErrorsOnly: true), readsLabels: true);

        Assert.Equal("ship", low[0].Top![0].Label);
        Assert.Null(low[1].Top);
        Assert.Equal("It is text.", refused[0].Message);
        Assert.Equal(["b.jpg.json", "gone.jpg.json", "refused.jpg.json"], _opened);
    }

    [Fact]
    public async Task A_blob_of_somebody_else_is_no_answer()
    {
        _listed["notes.json"] = new LabelStamp(null, null);
        _listed["readme.txt"] = new LabelStamp(null, null) { Answer = "ship" };

        Assert.Empty(await ListAsync(new AnswerFilter()));
    }

    public IAsyncEnumerable<ModelName> ListModelsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedImage> ListImagesAsync(ModelName model, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
        ModelName model, string? from, int size, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
        ModelName model, string? from, int? size, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async IAsyncEnumerable<ListedLabel> ListLabelsAsync(
        ModelName model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (name, stamp) in _listed)
        {
            await Task.Yield();
            yield return new ListedLabel(name, stamp);
        }
    }

    public Task<Stream?> OpenAsync(ModelName model, string name, CancellationToken cancellationToken)
    {
        lock (_opened)
        {
            _opened.Add(name);
        }

        return Task.FromResult<Stream?>(
            _blobs.TryGetValue(name, out var text) ? new MemoryStream(Encoding.UTF8.GetBytes(text)) : null);
    }

    private void Add(string image, string answer, double? score, DateTimeOffset at, bool isUnsure = false) =>
        _listed[image + ".json"] = new LabelStamp("e", "v")
        {
            Answer = answer,
            Score = score,
            IsUnsure = isUnsure,
            WrittenAt = at,
        };

    private async Task<IReadOnlyList<StoredAnswer>> ListAsync(AnswerFilter filter, bool readsLabels = false) =>
        await new AnswerListing(this, this)
            .ListAsync(Model, filter, readsLabels, _ => { }, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);

    private async Task<IEnumerable<string>> NamesAsync(AnswerFilter filter) =>
        (await ListAsync(filter)).Select(answer => answer.Image);

    private static string Json(string image, float score, bool isUnsure = false) =>
        Encoding.UTF8.GetString(LabelJson.Write(Label(image) with
        {
            Top = [new ScoredClass("ship", 1, score)],
            IsUnsure = isUnsure,
        }));

    private static Label Label(string image) => new(
        new ImageReference("images-m", image, "0x1", 1), new AnsweringModel("m", "v", null, "onnx"), [], null, Noon);
}
