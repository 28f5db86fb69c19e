using ServerlessMme.Core.Candidates;

namespace ServerlessMme.Core.Tests.Candidates;

public sealed class ComparisonTests
{
    [Fact]
    public void Agreement_is_of_the_sample_and_accuracy_of_the_known_images()
    {
        var comparison = Comparison.Of(
        [
            Image("a", "cat", "cat"),
            Image("b", "cat", "dog", truth: "dog"),
            Image("c", "dog", "dog"),
            Image("d", "dog", "cat", truth: "dog", isSampled: false),
            Image("e", "dog", "bird", truth: "bird", isSampled: false),
        ]);

        Assert.Equal((2, 3), (comparison.Agreement!.Value.Hits, comparison.Agreement.Value.Images));
        var known = comparison.Known!;
        Assert.Equal((1, 3), (known.Before!.Value.Hits, known.Before.Value.Images));
        Assert.Equal((2, 3), (known.After.Hits, known.After.Images));
        Assert.Equal((2, 1), (known.Repaired, known.Broken));
        Assert.True(known.IsBetter);
        Assert.Equal(3, comparison.Changes.Sum(change => change.Count));
    }

    [Fact]
    public void Without_a_published_model_there_is_no_agreement()
    {
        var comparison = Comparison.Of([new ComparedImage("a", null, Given("cat"), "cat")]);

        Assert.Null(comparison.Agreement);
        Assert.Null(comparison.Known!.Before);
        Assert.Equal(1, comparison.Known.After.Hits);
        Assert.Empty(comparison.Swaps);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(5, 5, 1)]
    // Two times the sum of C(12, 0) to C(12, 2), over 2 to the power of 12.
    [InlineData(10, 2, 158.0 / 4096)]
    [InlineData(2, 10, 158.0 / 4096)]
    [InlineData(6, 0, 2.0 / 64)]
    public void The_chance_of_a_difference_is_that_of_the_exact_sign_test(int repaired, int broken, double expected)
    {
        var figures = new KnownFigures(new(50, 100), new(50, 100), repaired, broken);

        Assert.Equal(expected, figures.ChanceOfDifference, 1e-12);
    }

    [Fact]
    public void The_chance_of_a_difference_is_a_number_for_many_images()
    {
        var figures = new KnownFigures(new(0, 9000), new(0, 9000), 4000, 3000);

        Assert.InRange(figures.ChanceOfDifference, 0, 1e-9);
        Assert.True(figures.IsCertain);
    }

    [Fact]
    public void Refusals_and_unsure_answers_are_counted_on_both_sides()
    {
        var comparison = Comparison.Of(
        [
            new ComparedImage("a", Given("error:NotAnImage"), new GivenAnswer("cat", 0.4, IsUnsure: true)),
            new ComparedImage("b", Given("cat"), Given("cat")),
        ]);

        Assert.Equal((1, 0), (comparison.Before!.Refused.Hits, comparison.Before.Unsure.Hits));
        Assert.Equal((0, 1), (comparison.After.Refused.Hits, comparison.After.Unsure.Hits));
    }

    private static ComparedImage Image(
        string name, string before, string after, string? truth = null, bool isSampled = true) =>
        new(name, Given(before), Given(after), truth, isSampled);

    private static GivenAnswer Given(string answer) => new(answer, 0.9, IsUnsure: false);
}
