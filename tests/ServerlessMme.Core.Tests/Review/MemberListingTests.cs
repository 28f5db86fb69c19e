using System.Runtime.CompilerServices;
using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Tests.Review;

/// <summary>What the members of a group say, from the group's labels.</summary>
public sealed class MemberListingTests : IDropListing, ILabelReader
{
    private const string Version = "group:00000000000000000000000000000000";

    private static readonly ModelName Group = ModelName.Parse("topics").Value;
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly SortedDictionary<string, LabelStamp> _listed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _blobs = [];
    private readonly List<StoredAnswer> _seen = [];

    [Fact]
    public async Task Every_member_of_every_label_is_listed_in_the_groups_order()
    {
        Add("b.jpg", Json("b.jpg", Scored("cats", "cat", 0.9), Refused("boats")));
        Add("a.jpg", Json("a.jpg", Scored("cats", "dog", 0.5), Scored("boats", "ship", 0.25)));

        var answers = await ListAsync(new AnswerFilter());

        Assert.Equal(
            [("a.jpg", "cats", "dog"), ("a.jpg", "boats", "ship"), ("b.jpg", "cats", "cat"), ("b.jpg", "boats", null)],
            answers.Select(answer => (answer.Image, answer.Member, answer.Answer)));
        Assert.Equal([0.5, 0.25, 0.9, null], answers.Select(answer => answer.Score));
        Assert.Equal(("ModelNotFound", "gone"), (answers[3].Error, answers[3].Message));
        Assert.Equal("v-cats", answers[0].ModelVersion);
        Assert.Equal(Noon, answers[0].WrittenAt);
    }

    [Fact]
    public async Task Conditions_are_about_the_members_answers()
    {
        Add("a.jpg", Json("a.jpg", Scored("cats", "dog", 0.5), Scored("boats", "ship", 0.25), Refused("gone")));
        Add("b.jpg", Json("b.jpg", Scored("cats", "cat", 0.9)));

        Assert.Equal(["boats"], await MembersAsync(new AnswerFilter(Label: "SHIP")));
        Assert.Equal(["gone"], await MembersAsync(new AnswerFilter(ErrorsOnly: true)));
        Assert.Equal(["cats", "boats"], await MembersAsync(new AnswerFilter(Below: 0.6)));
        Assert.Equal(["cats"], await MembersAsync(new AnswerFilter(Prefix: "b")));
        Assert.Equal(["cats", "cats"], await MembersAsync(new AnswerFilter(), "cats"));
        Assert.Empty(await MembersAsync(new AnswerFilter(Since: Noon.AddMinutes(1))));
    }

    [Fact]
    public async Task An_image_that_no_member_was_asked_about_is_one_refusal()
    {
        Add("a.jpg", $$$"""
            {"image":{"name":"a.jpg"},"model":{"name":"topics","version":"{{{Version}}}"},
             "error":{"code":"NotAnImage","message":"no"},"classifiedAt":"2026-11-24T12:00:00.000Z"}
            """);

        var answer = Assert.Single(await ListAsync(new AnswerFilter()));

        Assert.Equal((null, "NotAnImage", true), (answer.Member, answer.Error, answer.IsOfGroup));
    }

    [Fact]
    public async Task The_lines_of_an_archive_have_members_too()
    {
        _listed["holiday.zip.summary.json"] = Stamp();
        _blobs["holiday.zip.jsonl"] =
            Json("holiday.zip/1.jpg", Scored("cats", "cat", 0.9), Scored("boats", "ship", 0.5)) + "\nnot json\n";

        var answers = await ListAsync(new AnswerFilter());

        Assert.Equal(
            [("holiday.zip", "holiday.zip/1.jpg", "cats"), ("holiday.zip", "holiday.zip/1.jpg", "boats")],
            answers.Select(answer => (answer.Archive, answer.Image, answer.Member)));
    }

    [Fact]
    public async Task A_label_that_a_model_gave_is_listed_as_it_is()
    {
        Add("a.jpg", """
            {"image":{"name":"a.jpg"},"model":{"name":"topics","version":"v"},"label":"cat","score":0.9,
             "top":[],"classifiedAt":"2026-11-24T12:00:00.000Z"}
            """);

        var answer = Assert.Single(await ListAsync(new AnswerFilter()));

        Assert.Equal((null, false, "cat"), (answer.Member, answer.IsOfGroup, answer.Answer));
        Assert.Same(answer, Assert.Single(_seen));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("[7]")]
    [InlineData("""[{"model":{}}]""")]
    [InlineData("""[{"model":7,"label":"cat"}]""")]
    [InlineData("""[{"label":"cat"}]""")]
    public async Task Blobs_that_are_no_label_are_passed_over(string answers)
    {
        Add("a.jpg", $$$"""
            {"image":{"name":"a.jpg"},"model":{"name":"topics","version":"{{{Version}}}"},"label":"cat",
             "classifiedAt":"2026-11-24T12:00:00.000Z","answers":{{{answers}}}}
            """);
        Add("b.jpg", "[]");
        Add("removed.jpg", null);
        Add("z.jpg", Json("z.jpg", Scored("cats", "cat", 0.9)));

        Assert.Equal("z.jpg", Assert.Single(await ListAsync(new AnswerFilter())).Image);
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

    public Task<Stream?> OpenAsync(ModelName model, string name, CancellationToken cancellationToken) =>
        Task.FromResult<Stream?>(
            _blobs.TryGetValue(name, out var json) ? new MemoryStream(Encoding.UTF8.GetBytes(json)) : null);

    private static LabelStamp Stamp() => new("e", Version) { Answer = "cat", Score = 0.9, WrittenAt = Noon };

    private static MemberAnswer Scored(string member, string label, double score) => new(
        member,
        $"v-{member}",
        Encoding.UTF8.GetBytes(FormattableString.Invariant($$$"""
            {"model":{"name":"{{{member}}}","version":"v-{{{member}}}"},"label":"{{{label}}}","score":{{{score}}},"top":[
            """) + FormattableString.Invariant($$$"""{"label":"{{{label}}}","index":0,"score":{{{score}}}}]}""")),
        (float)score);

    private static MemberAnswer Refused(string member) => MemberAnswer.Of(
        new AnsweringModel(member, null, null, null), new Refusal(ErrorCode.ModelNotFound, "gone"));

    private static string Json(string image, params MemberAnswer[] answers) =>
        Encoding.UTF8.GetString(LabelJson.Write(new Label(
            new ImageReference(null, image, "e", 1),
            new AnsweringModel("topics", Version, null, null) { Members = answers.Length },
            [new ScoredClass("cat", 0, 0.9f)],
            null,
            Noon)
        { Answers = answers }));

    private void Add(string image, string? json)
    {
        _listed[LabelName.Of(image)] = Stamp();
        if (json is not null)
        {
            _blobs[LabelName.Of(image)] = json;
        }
    }

    private async Task<List<string?>> MembersAsync(AnswerFilter filter, string? member = null) =>
        [.. (await ListAsync(filter, member)).Select(answer => answer.Member)];

    private Task<List<StoredAnswer>> ListAsync(AnswerFilter filter, string? member = null) =>
        new AnswerListing(this, this).ListMembersAsync(
            Group,
            member is null ? null : ModelName.Parse(member).Value,
            filter,
            _seen.Add,
            TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken).AsTask();
}
