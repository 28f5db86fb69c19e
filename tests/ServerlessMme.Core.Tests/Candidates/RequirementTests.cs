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
    [InlineData("accuracy", "'accuracy' is no condition. Write conditions such as accuracy>=0.95,agreement>=0.9.")]
    [InlineData("", "'' is no condition.")]
    [InlineData("accuracy>=0.9,", "'' is no condition.")]
    [InlineData("acuracy>=0.9", "'acuracy' cannot be required. Did you mean 'accuracy'?")]
    [InlineData("accuracy>=95", "The bound of 'accuracy>=95' must be a share from 0 to 1.")]
    [InlineData("accuracy>=NaN", "The bound of 'accuracy>=NaN' must be a share from 0 to 1.")]
    [InlineData("accuracy=>0.9", "'accuracy=>0.9' is no condition.")]
    public void A_condition_that_cannot_be_read_is_explained(string text, string message)
    {
        Assert.Null(Requirement.Parse(text, out var problem));
        Assert.StartsWith(message, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("accuracy>=0.5", "no correct label of an image is known")]
    [InlineData("agreement>=0.5", "no model is published under the name")]
    public void What_is_not_known_holds_the_candidate_back(string text, string reason)
    {
        var failure = Assert.Single(Requirement.Parse(text, out _)!)
            .FindFailure(Comparison.Of([new ComparedImage("a", null, Cat)]));

        Assert.Contains(reason, failure, StringComparison.Ordinal);
    }
}
