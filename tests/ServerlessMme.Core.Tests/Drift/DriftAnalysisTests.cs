using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Review;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Drift;

public sealed class DriftAnalysisTests
{
    private static readonly DateTimeOffset Recently = SampledAnswers.Now.AddDays(-1);
    private static readonly DateTimeOffset Earlier = SampledAnswers.Now.AddDays(-20);
    private readonly DriftCounts _counts = new(SampledAnswers.Windows);

    private DriftDocument Document => DriftAnalysis.Compare(SampledAnswers.Model, _counts);

    [Fact]
    public async Task A_doubled_share_is_told_in_a_sentence_with_both_shares()
    {
        Add(Earlier, 98, "ship");
        Add(Earlier, 902, "cat");
        Add(Recently, 196, "ship");
        Add(Recently, 804, "cat");

        var document = Document;

        Assert.True(document.IsDrift);
        Assert.Equal("The share of 'ship' rose from 9.8% to 19.6%.", document.Findings[0].Sentence);
        Assert.Equal("The share of 'cat' fell from 90.2% to 80.4%.", document.Findings[1].Sentence);
        // (0.196 − 0.098) ln(0.196 / 0.098) + (0.804 − 0.902) ln(0.804 / 0.902)
        Assert.Equal(0.0792, document.Labels!.Psi, 1e-3);
        Assert.Equal(StabilityBand.Stable, document.Labels.Band);
        await SchemaCheck.AssertAsync("drift", System.Text.Encoding.UTF8.GetString(document.ToJson()));
    }

    [Fact]
    public void A_tiny_change_of_very_many_answers_is_significant_and_yet_no_drift()
    {
        Add(Earlier, 500_000, "ship");
        Add(Earlier, 500_000, "cat");
        Add(Recently, 504_000, "ship");
        Add(Recently, 496_000, "cat");

        var document = Document;

        Assert.All(document.Labels!.Shares, share => Assert.InRange(share.P!.Value, 0, 0.001));
        Assert.False(document.IsDrift);
    }

    [Fact]
    public void A_large_change_of_few_answers_may_be_chance()
    {
        Add(Earlier, 50, "ship");
        Add(Earlier, 50, "cat");
        Add(Recently, 60, "ship");
        Add(Recently, 40, "cat");

        Assert.False(Document.IsDrift);
    }

    [Fact]
    public void A_new_label_is_found()
    {
        Add(Earlier, 3000, "cat");
        Add(Recently, 970, "cat");
        Add(Recently, 30, "zebra");

        Assert.Contains("The share of 'zebra' rose from 0.0% to 3.0%.", Sentences());
    }

    [Fact]
    public void Falling_scores_and_more_unsure_answers_are_found_where_labels_stay()
    {
        var shares = SampledAnswers.Even(10);
        var document = new SampledAnswers(1).Add(isRecent: false, 3000, shares)
            .Add(isRecent: true, 1000, shares, sureness: 1).Document;

        Assert.Equal([DriftKind.Scores, DriftKind.Unsure], document.Findings.Select(finding => finding.Kind));
        Assert.Equal(StabilityBand.Major, document.Scores!.Band);
        Assert.True(document.Scores.RecentMean < document.Scores.ReferenceMean);
        Assert.Equal(990, document.Scores.Bins.Sum(bin => bin.Recent), 15.0);
    }

    [Fact]
    public void Refusals_are_found_by_code()
    {
        var shares = SampledAnswers.Even(10);
        var document = new SampledAnswers(1).Add(isRecent: false, 3000, shares)
            .Add(isRecent: true, 1000, shares, refused: 0.08).Document;

        var finding = Assert.Single(document.Findings);
        Assert.Equal((DriftKind.Refusal, "NotAnImage"), (finding.Kind, finding.Name));
    }

    [Fact]
    public async Task Refusals_alone_are_compared_and_the_labels_are_not()
    {
        Add(Earlier, 900, "cat");
        Add(Recently, 500, null, error: "NotAnImage");

        var document = Document;

        Assert.Equal(["The share of images refused with NotAnImage rose from 0.0% to 100.0%."], Sentences());
        Assert.Null(document.Labels);
        Assert.Null(document.Scores);
        Assert.Contains("Only 900 reference and 0 recent images have an answer", document.Warnings[0]);
        await SchemaCheck.AssertAsync("drift", System.Text.Encoding.UTF8.GetString(document.ToJson()));
    }

    [Fact]
    public async Task A_single_label_has_nothing_to_move()
    {
        Add(Earlier, 900, "cat");
        Add(Recently, 500, "cat");

        var document = Document;

        Assert.False(document.IsDrift);
        Assert.Equal((0, 1), (document.Labels!.Psi, document.Labels.P));
        await SchemaCheck.AssertAsync("drift", System.Text.Encoding.UTF8.GetString(document.ToJson()));
    }

    [Theory]
    [InlineData(12, 5000, "only 12 answers in the last 7 days, but drift detection needs at least 100")]
    [InlineData(1, 0, "only 1 answer in the last 7 days, but drift detection needs at least 100")]
    [InlineData(5000, 0, "only 0 answers between 30 days and 7 days ago, but drift detection needs at least 100")]
    [InlineData(100, 100, null)]
    public void Too_few_answers_are_told_with_their_window(int recent, int reference, string? problem)
    {
        Add(Earlier, reference, "cat");
        Add(Recently, recent, "cat");
        Add(SampledAnswers.Now.AddDays(-31), 1000, "cat");

        Assert.Equal(problem, _counts.Problem);
    }

    [Fact]
    public void Windows_meet_without_a_gap_and_the_future_is_recent()
    {
        Add(SampledAnswers.Windows.Against, 1, "cat");
        Add(SampledAnswers.Windows.Since.AddTicks(-1), 1, "cat");
        Add(SampledAnswers.Windows.Since, 1, "cat");
        Add(SampledAnswers.Now.AddDays(2), 1, "cat");
        Add(SampledAnswers.Windows.Against.AddTicks(-1), 1, "cat");
        Add(default, 1, "cat");

        Assert.Equal((2, 2, 6), (_counts.Reference.Images, _counts.Recent.Images, _counts.Seen));
    }

    [Fact]
    public void A_changed_model_version_is_named()
    {
        Add(Earlier, 500, "cat", version: "0x8DB1");
        Add(Recently, 400, "cat", version: "0x8DB2", previous: "cat");

        var warnings = Document.Warnings;

        Assert.StartsWith(
            "The model version changed: most of the reference answers are from version 0x8DB1, but most of the recent "
            + "answers are from 0x8DB2.",
            warnings[0],
            StringComparison.Ordinal);
        Assert.StartsWith(
            "400 of the 400 recent answers replaced the answer of an earlier model version.",
            warnings[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Another_version_beside_the_usual_one_is_noticed_from_a_tenth_on()
    {
        Add(Earlier, 500, "cat");
        Add(Recently, 360, "cat");
        Add(Recently, 39, "cat", version: "other");
        Assert.Empty(Document.Warnings);

        Add(Recently, 41, "cat", version: "other");

        Assert.StartsWith(
            "80 of the 440 recent answers came from versions other than v1,", Assert.Single(Document.Warnings));
    }

    [Fact]
    public void Another_version_in_the_reference_window_is_noticed_too()
    {
        Add(Earlier, 500, "cat");
        Add(Earlier, 100, "cat", version: "other");
        Add(Recently, 400, "cat");

        Assert.StartsWith(
            "100 of the 600 reference answers came from versions other than", Assert.Single(Document.Warnings));
    }

    [Fact]
    public void Labels_of_earlier_versions_without_score_are_compared_by_label_alone()
    {
        Add(Earlier, 500, "cat", score: null);
        Add(Recently, 400, "cat");

        var document = Document;

        Assert.NotNull(document.Labels);
        Assert.Null(document.Scores);
        Assert.Null(document.Unsure);
        Assert.StartsWith(
            "An earlier release wrote 500 of the 500 reference answers without a score in their metadata.",
            Assert.Single(document.Warnings));
    }

    [Fact]
    public void Scores_that_are_no_probabilities_are_in_no_bin()
    {
        Add(Earlier, 500, "cat", score: 12.5);
        Add(Recently, 400, "cat", score: double.NaN);

        Assert.Null(Document.Scores);
        Assert.Contains("leaves out 900 scores outside the range from 0 to 1", Assert.Single(Document.Warnings));
    }

    [Fact]
    public void Very_many_different_answers_are_counted_in_bounded_memory()
    {
        for (var i = 0; i < 30_000; i++)
        {
            _counts.Add(Answer(i % 2 == 0 ? Earlier : Recently, $"label {i}"));
        }

        var labels = Document.Labels!;

        Assert.Equal(DriftCounts.MaxLabels + 1, labels.Shares.Count);
        Assert.Contains(labels.Shares, share => share.Name == "(all others)");
        Assert.False(Document.IsDrift);
    }

    [Fact]
    public void Hostile_labels_are_printable_in_findings()
    {
        Add(Earlier, 1000, "cat");
        Add(Recently, 500, "cat");
        Add(Recently, 500, "\u001b[31m\u202e<b>\n" + new string('x', 500));

        Assert.All(Sentences(), sentence =>
        {
            Assert.DoesNotContain('\u001b', sentence);
            Assert.DoesNotContain('\n', sentence);
            Assert.InRange(sentence.Length, 1, 200);
        });
    }

    private IEnumerable<string> Sentences() => Document.Findings.Select(finding => finding.Sentence);

    private void Add(
        DateTimeOffset at, int images, string? label, double? score = 0.95, string? error = null, string version = "v1",
        string? previous = null)
    {
        for (var i = 0; i < images; i++)
        {
            _counts.Add(Answer(at, label, error is null ? score : null, error, version, previous));
        }
    }

    private static StoredAnswer Answer(
        DateTimeOffset at, string? label, double? score = 0.95, string? error = null, string version = "v1",
        string? previous = null) =>
        new(null, "a.jpg", label, score, false, error, previous, version, at);
}
