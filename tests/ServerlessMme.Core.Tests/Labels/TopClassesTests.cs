using System.Globalization;
using System.Text;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Tests.Labels;

public sealed class TopClassesTests
{
    private static readonly string[] Labels = ["a", "b", "c", "d"];

    [Fact]
    public void The_best_come_first()
    {
        var top = TopClasses.Of([0.1f, 0.5f, 0.3f, 0.1f], Labels, 2);

        Assert.Equal([new ScoredClass("b", 1, 0.5f), new ScoredClass("c", 2, 0.3f)], top);
    }

    [Fact]
    public void Of_equal_scores_the_first_label_wins() =>
        Assert.Equal([0, 1, 2, 3], TopClasses.Of([1, 1, 1, 1], Labels, 4).Select(scored => scored.Index));

    [Fact]
    public void More_than_there_are_gives_all() => Assert.Equal(4, TopClasses.Of([1, 2, 3, 4], Labels, 9).Count);

    [Theory]
    [InlineData(0.5, new[] { "b", "d" })]
    [InlineData(0.9, new string[0])]
    public void Of_independent_labels_those_that_reach_the_threshold_are_true(double threshold, string[] expected)
    {
        const string Json = """
            {"labels":["a","b","c","d"],"input":{"width":1,"height":1},"output":{"task":"multi","threshold":THRESHOLD}}
            """;
        var text = threshold.ToString(CultureInfo.InvariantCulture);
        var json = Encoding.UTF8.GetBytes(Json.Replace("THRESHOLD", text, StringComparison.Ordinal));
        var manifest = ManifestReader.Read(ModelName.Parse("m").Value, json).Value;

        Assert.Equal(expected, TopClasses.True([0.1f, 0.8f, 0.3f, 0.5f], manifest));
        Assert.Null(TopClasses.True([1], manifest with { Output = new OutputSpec(null, Activation.None) }));
    }
}
