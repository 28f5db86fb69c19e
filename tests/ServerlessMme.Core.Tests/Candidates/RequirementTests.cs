using ServerlessMme.Core.Candidates;

namespace ServerlessMme.Core.Tests.Candidates;

public sealed class RequirementTests
{
    private static readonly GivenAnswer Cat = new("cat", 0.9, IsUnsure: false);
    private static readonly GivenAnswer Dog = new("dog", 0.9, IsUnsure: true);

    // Both agree on three of four images; the candidate is right for two of two, the published model for one.
    private static readonly Comparison Compared = Comparison.Of(
    [
        new("a", Cat, Cat, "cat"), new("b", Cat, Dog, "dog"), new("c", Cat, Cat), new("d", Cat, Cat),
    ]);

    [Theory]
    [InlineData("accuracy>=1", null)]
    [InlineData("accuracy > 0.99 , agreement>=0.75", null)]
    [InlineData("gain>=0.5", null)]
    [InlineData("known>=2", null)]
    [InlineData("known>=3", "known>=3 is required, but known is 2.")]
    [InlineData("gain>=-0.1", null)]
    [InlineData("refused<=0", null)]
    [InlineData("unsure<0.3", null)]
    [InlineData("agreement>=0.9", "agreement>=0.9 is required, but agreement is 0.75.")]
    [InlineData("agreement>0.75", "agreement>0.75 is required, but agreement is 0.75.")]
    [InlineData("unsure<0.25", "unsure<0.25 is required, but unsure is 0.25.")]
    public void A_condition_holds_or_says_by_how_much_it_fails(string text, string? failure)
    {
        var requirements = Requirement.Parse(text, out var problem)!;

        Assert.Null(problem);
        Assert.Equal(failure, requirements.Select(each => each.FindFailure(Compared)).FirstOrDefault(each => each is not null));
    }

    [Theory]
    [InlineData(
        "accuracy",
        "'accuracy' is not a condition. Write conditions such as accuracy>=0.95,agreement>=0.9, with")]
    [InlineData("", "'' is not a condition.")]
    [InlineData("accuracy>=0.9,", "'' is not a condition.")]
    [InlineData("acuracy>=0.9", "'acuracy' is not a known metric. Did you mean 'accuracy'?")]
    [InlineData("accuracy>=95", "The bound of 'accuracy>=95' must be a number from 0 to 1.")]
    [InlineData("accuracy>=NaN", "The bound of 'accuracy>=NaN' must be a number from 0 to 1.")]
    [InlineData("accuracy=>0.9", "'accuracy=>0.9' is not a condition.")]
    public void A_condition_that_cannot_be_read_is_explained(string text, string message)
    {
        Assert.Null(Requirement.Parse(text, out var problem));
        Assert.StartsWith(message, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gain_holds_at_its_own_bound()
    {
        // 0.95 − 0.9 is a little less than 0.05.
        var images = Enumerable.Range(0, 20).Select(i => new ComparedImage(
            $"{i}", new GivenAnswer(i < 18 ? "cat" : "dog", 0.9, false), i < 19 ? Cat : Dog, "cat"));

        Assert.Null(Assert.Single(Requirement.Parse("gain>=0.05", out _)!).FindFailure(Comparison.Of([.. images])));
    }

    [Fact]
    public void Unknown_accuracy_holds_the_candidate_back()
    {
        var failure = Assert.Single(Requirement.Parse("accuracy>=0.5", out _)!)
            .FindFailure(Comparison.Of([new ComparedImage("a", Cat, Cat)]));

        Assert.Contains("no image in the container has a correct label", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agreement>=0.9")]
    [InlineData("gain>=0.1")]
    public void The_first_model_of_a_name_is_compared_with_none(string text)
    {
        var first = Comparison.Of([new ComparedImage("a", null, Cat, "cat")]);

        Assert.Null(Assert.Single(Requirement.Parse(text, out _)!).FindFailure(first));
    }
}
