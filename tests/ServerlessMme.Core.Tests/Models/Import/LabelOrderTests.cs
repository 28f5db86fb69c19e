using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Core.Tests.Models.Import;

public sealed class LabelOrderTests
{
    [Theory]
    [InlineData(new[] { 1, 0 }, new[] { 1, 0 })]
    [InlineData(new[] { 1, 2, 0 }, new[] { 2, 0, 1 })]
    [InlineData(new[] { 0, 2, 1, 4, 3 }, new[] { 0, 2, 1, 4, 3 })]
    public void Answers_that_fit_another_order_name_the_label_of_each_score(int[] answerOf, int[] expected)
    {
        var order = Find(answerOf.Length, Images(answerOf, 12));

        Assert.Equal(expected, order!.Labels);
        Assert.Equal((12 * answerOf.Length, 12 * answerOf.Length), (order.Right, order.Known));
        Assert.True(order.ExplainsNearlyAll);
    }

    [Fact]
    public void Answers_that_fit_the_present_order_name_no_other() => Assert.Null(Find(3, Images([0, 1, 2], 12)));

    [Fact]
    public void A_label_without_images_keeps_its_place() =>
        Assert.Equal([0, 3, 2, 1], Find(4, Images([0, 3, -1, 1], 12))!.Labels);

    [Fact]
    public void An_answer_that_names_a_label_without_images_leaves_the_order_open() =>
        Assert.Null(Find(4, Images([0, 2, -1, 1], 12)));

    [Fact]
    public void Two_labels_with_the_same_answer_leave_the_order_open() =>
        Assert.Null(Find(3, Images([1, 1, 0], 12)));

    [Fact]
    public void A_few_other_answers_are_allowed()
    {
        var order = Find(3, [.. Images([1, 2, 0], 11), (0, 0), (1, 0), (2, null)]);

        Assert.Equal([2, 0, 1], order!.Labels);
        Assert.Equal((33, 36), (order.Right, order.Known));
        Assert.True(order.ExplainsNearlyAll);
    }

    [Fact]
    public void Many_other_answers_are_not_nearly_all()
    {
        var order = Find(3, [.. Images([1, 2, 0], 9), .. Images([0, 1, 2], 3)]);

        Assert.Equal((27, 36), (order!.Right, order.Known));
        Assert.False(order.ExplainsNearlyAll);
    }

    [Fact]
    public void Answers_of_a_label_that_disagree_leave_the_order_open() =>
        Assert.Null(Find(3, [.. Images([1, 2, 0], 9), .. Images([0, -1, -1], 9)]));

    [Theory]
    [InlineData(2, 5, false)]
    [InlineData(2, 6, true)]
    [InlineData(3, 2, false)]
    [InlineData(3, 3, true)]
    public void Few_images_prove_nothing(int labels, int each, bool isEnough)
    {
        int[] answerOf = [.. Enumerable.Range(0, labels).Select(i => (i + 1) % labels)];

        Assert.Equal(isEnough, Find(labels, Images(answerOf, each)) is not null);
    }

    [Fact]
    public void Images_without_scores_have_no_order()
    {
        Assert.Null(Find(2, Enumerable.Repeat((0, (int?)null), 20)));
        Assert.Null(Find(2, []));
    }

    private static LabelOrder? Find(int labels, IEnumerable<(int Truth, int? Best)> answers) =>
        LabelOrder.Find([.. answers], labels);

    /// <summary>Images of each label with the given answer; none of a label whose answer is below 0.</summary>
    private static IEnumerable<(int Truth, int? Best)> Images(int[] answerOf, int each) =>
        answerOf.SelectMany((answer, label) => Enumerable.Repeat((label, (int?)answer), answer < 0 ? 0 : each));
}
