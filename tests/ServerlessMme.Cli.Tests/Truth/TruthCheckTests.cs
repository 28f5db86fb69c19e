using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Tests.Truth;

public sealed class TruthCheckTests
{
    private static readonly ModelName Model = ModelName.Parse("cifar10").Value;

    [Fact]
    public void Labels_get_the_models_spelling_and_images_come_once() =>
        Assert.Equal(
            [new KnownImage("a.jpg", "ship"), new KnownImage("b.jpg", "Ship")],
            Check(["ship", "Ship"], false, ("a.jpg", "SHIP"), ("a.jpg", "ship"), ("b.jpg", "Ship")));

    [Fact]
    public void Unknown_labels_name_the_line_and_the_nearest_label()
    {
        var refused = Refused(
            ["ship", "truck"], ("a.jpg", "shp"), ("b.jpg", "ship"), ("c.jpg", "shp"), ("d.jpg", "zebra"));

        Assert.Contains("Nothing was stored. Fix 2 problems", refused, StringComparison.Ordinal);
        Assert.Contains(
            "line 2 (and 1 more image): 'shp' is not a label of 'cifar10'. Did you mean 'ship'?",
            refused, StringComparison.Ordinal);
        Assert.Contains(
            "line 5: 'zebra' is not a label of 'cifar10'. Its labels: ship, truck.", refused, StringComparison.Ordinal);
        Assert.Contains("--force stores labels", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Force_takes_unknown_labels_and_nothing_else()
    {
        Assert.Equal([new KnownImage("a.jpg", "zebra")], Check(["ship"], true, ("a.jpg", "zebra")));
        Assert.Equal([new KnownImage("a.jpg", "zebra")], Check(null, false, ("a.jpg", "zebra")));
        Assert.Throws<CommandException>(() => Check(["ship"], true, ("../a.jpg", "ship")));
    }

    [Fact]
    public void Contradictions_name_both_lines() => Assert.Contains(
        "'a.jpg' is 'ship' in line 2, but 'truck' in line 4.",
        Refused(["ship", "truck"], ("a.jpg", "ship"), ("b.jpg", "ship"), ("a.jpg", "truck")),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a/../b.jpg", "has a '.' or '..' between slashes")]
    [InlineData("a\u0000.jpg", "control character")]
    [InlineData("photos.zip", "is an archive")]
    public void Names_of_no_image_are_refused_with_their_line(string image, string reason)
    {
        var refused = Refused(null, (image, "ship"));

        Assert.Contains("line 2: ", refused, StringComparison.Ordinal);
        Assert.Contains(reason, refused, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_or_label_that_is_too_long_is_refused()
    {
        Assert.Contains("the limit is 1019", Refused(null, (new string('n', 1020), "ship")), StringComparison.Ordinal);
        Assert.Contains(
            "has 1000 characters", Refused(null, ("a.jpg", new string('x', 1000))), StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_problems_are_shown_and_the_others_counted()
    {
        var refused = Refused(null, [.. Enumerable.Range(0, 1500).Select(_ => ("/", "ship"))]);

        Assert.Equal(12, refused.Split('\n').Length);
        Assert.EndsWith("… and 1,490 more.", refused, StringComparison.Ordinal);
    }

    private static string Refused(string[]? labels, params (string Image, string Label)[] rows)
    {
        var refused = Assert.Throws<CommandException>(() => Check(labels, false, rows));
        Assert.Equal(ExitCodes.Failed, refused.ExitCode);
        return refused.Message;
    }

    private static IReadOnlyList<KnownImage> Check(
        string[]? labels, bool force, params (string Image, string Label)[] rows) =>
        new TruthCheck(Model, labels, force).Run(
            "labels.csv", rows.Select((row, i) => new TruthRow(row.Image, row.Label, $"line {i + 2}")));
}
