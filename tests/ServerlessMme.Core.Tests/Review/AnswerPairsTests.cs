using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Tests.Review;

public sealed class AnswerPairsTests
{
    [Fact]
    public void Pairs_that_are_not_counted_one_by_one_are_in_both_totals()
    {
        var pairs = new AnswerPairs();
        for (var i = 0; i < AnswerPairs.MaxPairs; i++)
        {
            pairs.Add("a", $"b{i}");
        }

        pairs.Add("late", "later", 3);
        pairs.Add("same", "same", 5);

        Assert.Equal((AnswerPairs.MaxPairs + 8, 5), (pairs.Total, pairs.Same));
        Assert.Equal(AnswerPairs.MaxPairs, pairs.Most(int.MaxValue).Sum(pair => pair.Count));
    }

    [Theory]
    [InlineData("ship", "ship", true)]
    [InlineData("ship", "shipyard", false)]
    [InlineData("", "ship", false)]
    public void Short_answers_are_the_same_when_all_of_them_is(string answer, string other, bool isSame)
    {
        Assert.Equal(isSame, LabelStamp.AreSame(answer, other));
        Assert.Equal(isSame, LabelStamp.AreSame(other, answer));
    }

    [Fact]
    public void A_long_answer_is_the_same_as_what_metadata_holds_of_it()
    {
        var whole = new string('x', LabelStamp.MaxAnswer + 30);

        Assert.True(LabelStamp.AreSame(whole, whole[..LabelStamp.MaxAnswer]));
        // Cut before a character of two.
        Assert.True(LabelStamp.AreSame(whole[..(LabelStamp.MaxAnswer - 1)], whole));
        Assert.False(LabelStamp.AreSame(whole, whole[..(LabelStamp.MaxAnswer - 2)]));
        Assert.False(LabelStamp.AreSame(whole, whole + "x"));
        Assert.False(LabelStamp.AreSame(whole, "y" + whole[1..LabelStamp.MaxAnswer]));
    }

    [Fact]
    public void An_accepted_answer_is_right_though_the_listing_holds_its_beginning_alone()
    {
        var whole = new string('x', LabelStamp.MaxAnswer + 30);
        var known = new KnownAnswers();

        known.Decide("a.jpg", whole, whole[..LabelStamp.MaxAnswer]);

        Assert.Equal(new ReviewAccuracy(1, 1), known.Accuracy);
    }
}
