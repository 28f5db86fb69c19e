using System.Text.Json;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Review;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Review;

/// <summary>Compares the figures with those of make_evaluation.py, which shares no code with the product.</summary>
public sealed class EvaluationTests
{
    private const double Tolerance = 1e-9;

    private static readonly JsonElement[] Cases =
    [
        .. JsonDocument.Parse(Repository.Read("tests", "ServerlessMme.Core.Tests", "Review", "evaluation.json"))
            .RootElement.EnumerateArray(),
    ];

    public static TheoryData<string> Names => [.. Cases.Select(each => each.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Figures_equal_those_of_the_script(string name)
    {
        var recorded = Cases.Single(each => each.GetProperty("name").GetString() == name);
        var expected = recorded.GetProperty("figures");

        var evaluation = Evaluate(recorded);

        AssertProportion(expected.GetProperty("accuracy"), evaluation.Accuracy);
        AssertAll(expected.GetProperty("top"), evaluation.Top, (element, top) =>
        {
            Assert.Equal(element.GetProperty("k").GetInt32(), top.K);
            AssertProportion(element.GetProperty("accuracy"), top.Accuracy);
        });
        AssertAll(expected.GetProperty("labels"), evaluation.Labels, (element, figures) =>
        {
            Assert.Equal(element.GetProperty("support").GetInt32(), figures.Support);
            Assert.Equal(element.GetProperty("answers").GetInt32(), figures.Answers);
            AssertProportion(element.GetProperty("precision"), figures.Precision);
            AssertProportion(element.GetProperty("recall"), figures.Recall);
            AssertNumber(element.GetProperty("f1"), figures.F1);
        });
        AssertConfusion(expected.GetProperty("confusion"), evaluation.Confusion);
        AssertOptional(expected.GetProperty("reliability"), evaluation.Reliability, AssertReliability);
        AssertOptional(expected.GetProperty("acceptance"), evaluation.Acceptance, AssertAcceptance);
        AssertOptional(expected.GetProperty("tempered"), evaluation.Tempered, (element, tempered) =>
        {
            AssertNumber(element.GetProperty("temperature"), tempered.Fit.Temperature);
            Assert.Equal(element.GetProperty("atBound").GetBoolean(), tempered.Fit.IsAtBound);
            AssertNumber(element.GetProperty("lossBefore"), tempered.Fit.LossBefore);
            AssertNumber(element.GetProperty("loss"), tempered.Fit.Loss);
            AssertReliability(element.GetProperty("reliability"), tempered.Reliability);
            AssertAcceptance(element.GetProperty("acceptance"), tempered.Acceptance);
        });
    }

    [Fact]
    public void No_other_temperature_explains_the_labels_better()
    {
        var images = Images(Cases.Single(each => each.GetProperty("name").GetString() == "too sure"));
        var fit = TemperatureFit.Of(images, 1);

        Assert.All(new[] { 0.05, 0.5, 0.99, 1.01, 2, 20 }, factor =>
        {
            var tempered = images.Select(
                image => image with { Scores = Temper(image.Scores, fit.Temperature * factor) });
            Assert.True(TemperatureFit.Of([.. tempered], 1).LossBefore > fit.Loss);
        });
    }

    [Fact]
    public void Fitting_again_after_the_temperature_was_set_changes_nothing()
    {
        var images = Images(Cases.Single(each => each.GetProperty("name").GetString() == "too sure"));
        var first = TemperatureFit.Of(images, 1).Temperature;
        var tempered = images.Select(image => image with { Scores = Temper(image.Scores, first) }).ToList();

        Assert.Equal(first, TemperatureFit.Of(tempered, first).Temperature, 1e-5);
    }

    [Fact]
    public void The_worst_mistakes_have_the_highest_scores()
    {
        var images = new[]
        {
            new ScoredImage("right", 0, [0.9f, 0.1f]), new ScoredImage("b", 1, [0.8f, 0.2f]),
            new ScoredImage("c", 0, [0.3f, 0.7f]), new ScoredImage("a", 0, [0.2f, 0.8f]),
        };

        var worst = Evaluation.Of(images, 2, new OutputSpec(null, Activation.None), 0.95).WorstMistakes(2);

        Assert.Equal(["a", "b"], worst.Select(image => image.Name));
    }

    [Fact]
    public void A_suggestion_names_its_threshold_and_what_it_accepts()
    {
        var answers = Enumerable.Range(0, 200)
            .Select(i => i < 100 ? new Answer(0, 0, 0.9) : new Answer(0, i % 2, 0.4));

        var acceptance = Acceptance.Of([.. answers], 0.95);

        Assert.Equal(0.45, acceptance.Suggested!.MinScore);
        Assert.Equal(
            "Accepting scores of 0.45 and above accepts 50.0% of the images, and 100.0% of those answers are right "
            + "(at least 96.3% with 95% confidence).",
            acceptance.Sentence);
    }

    [Fact]
    public void No_suggestion_says_how_far_the_best_threshold_gets()
    {
        var acceptance = Acceptance.Of([.. Enumerable.Repeat(new Answer(0, 0, 0.7), 30)], 0.95);

        Assert.Null(acceptance.Suggested);
        Assert.Equal(
            "No threshold reaches an accuracy of 95.0% with 95% confidence. With the best threshold, 0.00, 100.0% of "
            + "30 answers are right (at least 88.6% with 95% confidence). Evaluate more images to narrow the interval.",
            acceptance.Sentence);
    }

    private static float[] Temper(float[] scores, double temperature)
    {
        var powers = Array.ConvertAll(scores, score => Math.Pow(score, 1 / temperature));
        return Array.ConvertAll(powers, power => (float)(power / powers.Sum()));
    }

    private static Evaluation Evaluate(JsonElement recorded)
    {
        var images = Images(recorded);
        var output = new OutputSpec(
            null,
            Enum.Parse<Activation>(recorded.GetProperty("activation").GetString()!, ignoreCase: true),
            Temperature: recorded.GetProperty("temperature").GetDouble());
        return Evaluation.Of(images, images[0].Scores.Length, output, recorded.GetProperty("target").GetDouble());
    }

    private static List<ScoredImage> Images(JsonElement recorded) =>
    [
        .. recorded.GetProperty("scores").EnumerateArray().Zip(
            recorded.GetProperty("truths").EnumerateArray(),
            (scores, truth) => new ScoredImage(
                "image", truth.GetInt32(), [.. scores.EnumerateArray().Select(score => score.GetSingle())])),
    ];

    private static void AssertConfusion(JsonElement expected, ConfusionMatrix confusion)
    {
        var truth = 0;
        foreach (var row in expected.EnumerateArray())
        {
            Assert.Equal(
                row.EnumerateArray().Select(count => count.GetInt32()),
                Enumerable.Range(0, row.GetArrayLength()).Select(label => confusion.Count(truth, label)));
            truth++;
        }

        Assert.Equal(
            expected.EnumerateArray().Sum(row => row.EnumerateArray().Sum(count => count.GetInt32())),
            confusion.Pairs.Sum(pair => pair.Count));
    }

    private static void AssertReliability(JsonElement expected, Reliability reliability)
    {
        AssertNumber(expected.GetProperty("error"), reliability.Error);
        AssertAll(expected.GetProperty("bins"), reliability.Bins, (element, bin) =>
        {
            Assert.Equal(element.GetProperty("images").GetInt32(), bin.Images);
            AssertNumber(element.GetProperty("score"), bin.Score);
            AssertProportion(element.GetProperty("accuracy"), bin.Accuracy);
        });
    }

    private static void AssertAcceptance(JsonElement expected, Acceptance acceptance)
    {
        AssertNumber(expected.GetProperty("minScore"), acceptance.Suggested?.MinScore);
        AssertAll(expected.GetProperty("thresholds"), acceptance.Thresholds, (element, threshold) =>
        {
            AssertNumber(element.GetProperty("minScore"), threshold.MinScore);
            AssertProportion(element.GetProperty("coverage"), threshold.Coverage);
            AssertProportion(element.GetProperty("accuracy"), threshold.Accuracy);
        });
    }

    private static void AssertAll<T>(JsonElement expected, IReadOnlyList<T> found, Action<JsonElement, T> assert)
    {
        Assert.Equal(expected.GetArrayLength(), found.Count);
        foreach (var (element, one) in expected.EnumerateArray().Zip(found))
        {
            assert(element, one);
        }
    }

    private static void AssertOptional<T>(JsonElement expected, T? found, Action<JsonElement, T> assert)
        where T : class
    {
        Assert.Equal(expected.ValueKind == JsonValueKind.Null, found is null);
        if (found is not null)
        {
            assert(expected, found);
        }
    }

    private static void AssertProportion(JsonElement expected, Proportion? found)
    {
        Assert.Equal(expected.ValueKind == JsonValueKind.Null, found is null);
        if (found is { } proportion)
        {
            Assert.Equal(
                (expected.GetProperty("hits").GetInt32(), expected.GetProperty("images").GetInt32()),
                (proportion.Hits, proportion.Images));
            AssertNumber(expected.GetProperty("value"), proportion.Value);
            AssertNumber(expected.GetProperty("lower"), proportion.Lower);
            AssertNumber(expected.GetProperty("upper"), proportion.Upper);
        }
    }

    private static void AssertNumber(JsonElement expected, double? found)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(found);
        }
        else
        {
            Assert.Equal(expected.GetDouble(), found!.Value, Tolerance);
        }
    }
}
