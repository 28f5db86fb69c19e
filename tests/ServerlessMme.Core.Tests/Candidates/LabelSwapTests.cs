using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Core.Tests.Candidates;

public sealed class LabelSwapTests
{
    [Fact]
    public void Two_swapped_labels_are_found_among_other_changes()
    {
        var swap = Assert.Single(LabelSwap.Find(
        [
            new("cat", "dog", 40), new("cat", "cat", 6), new("cat", "bird", 4),
            new("dog", "cat", 35), new("dog", "dog", 10),
            new("bird", "bird", 30), new("bird", "cat", 20),
        ]));

        Assert.Equal(["cat", "dog"], swap.Labels);
        Assert.Equal((75, 95), (swap.Moved, swap.Images));
        Assert.Equal(
            "'cat' and 'dog' look swapped: the candidate moves 75 of their 95 images from one label to the other.",
            swap.ToString());
    }

    [Fact]
    public void A_swap_is_found_though_half_of_the_answers_went_elsewhere()
    {
        var swap = Assert.Single(LabelSwap.Find(
        [
            new("cat", "dog", 4), new("cat", "frog", 3), new("cat", "bird", 3),
            new("dog", "cat", 3), new("dog", "frog", 2), new("dog", "dog", 1),
        ]));

        Assert.Equal((7, 16), (swap.Moved, swap.Images));
    }

    [Fact]
    public void A_shifted_list_of_labels_is_one_circle()
    {
        var swap = Assert.Single(LabelSwap.Find([new("a", "b", 5), new("b", "c", 5), new("c", "a", 5)]));

        Assert.Equal(["a", "b", "c"], swap.Labels);
        Assert.Contains("in the cycle 'a' → 'b' → 'c' → 'a'.", swap.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_cannot_forge_lines_or_color_a_terminal()
    {
        var swap = Assert.Single(LabelSwap.Find([new("\u001b[31mcat\nx", "dog", 5), new("dog", "\u001b[31mcat\nx", 5)]));

        Assert.DoesNotContain(swap.ToString(), char.IsControl);
    }

    [Fact]
    public void The_swap_of_most_images_comes_first()
    {
        var swaps = LabelSwap.Find(
            [new("a", "b", 5), new("b", "a", 5), new("y", "z", 50), new("z", "y", 50)]);

        Assert.Equal(["y", "a"], swaps.Select(swap => swap.Labels[0]));
    }

    [Theory]
    [InlineData("one label merged into another", "cat>dog:40 dog>dog:50")]
    [InlineData("a weak candidate confuses both", "cat>dog:30 cat>cat:20 dog>cat:26 dog>dog:24")]
    [InlineData("half stays", "cat>dog:20 cat>cat:20 dog>cat:20 dog>dog:20")]
    [InlineData("one image each", "cat>dog:1 dog>cat:1")]
    [InlineData("refusals", "cat>error:NotAnImage:20 error:NotAnImage>cat:20")]
    [InlineData("nothing", "")]
    public void What_is_no_swap_is_not_called_one(string what, string changes)
    {
        var found = LabelSwap.Find(changes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Parse));

        Assert.True(found.Count == 0, what);
    }

    private static AnswerChange Parse(string text)
    {
        var (arrow, colon) = (text.IndexOf('>'), text.LastIndexOf(':'));
        return new AnswerChange(text[..arrow], text[(arrow + 1)..colon], long.Parse(text[(colon + 1)..]));
    }
}
