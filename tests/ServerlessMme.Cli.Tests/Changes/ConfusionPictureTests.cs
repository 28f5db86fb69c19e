using ServerlessMme.Cli.Changes;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Rescore;
using SkiaSharp;

namespace ServerlessMme.Cli.Tests.Changes;

public sealed class ConfusionPictureTests
{
    [Fact]
    public void The_picture_has_a_cell_for_each_pair_and_the_darkest_where_most_are()
    {
        using var picture = Draw([new("cat", "cat", 90), new("cat", "dog", 10)]);
        using var mirrored = Draw([new("cat", "cat", 10), new("cat", "dog", 90)]);

        Assert.Equal((picture.Width, picture.Height), (mirrored.Width, mirrored.Height));
        Assert.NotEqual(picture.Bytes, mirrored.Bytes);
    }

    [Fact]
    public void Text_is_drawn_where_no_font_is_installed()
    {
        using var cats = Draw([new("cat", "cat", 1)]);
        using var dogs = Draw([new("dog", "dog", 1)]);

        Assert.NotEqual(cats.Bytes, dogs.Bytes);
    }

    [Fact]
    public void A_thousand_answers_are_drawn_as_forty()
    {
        using var picture = Draw(
            [.. Enumerable.Range(0, 1000).Select(i => new AnswerChange($"a{i}", $"a{i + 1}", i + 1))]);

        Assert.InRange(picture.Width, 40 * 44, 2500);
    }

    [Fact]
    public void Strange_answers_and_none_at_all_are_drawn_too()
    {
        using var none = Draw([]);
        using var strange = Draw(
            [new(null, "猫\u0000\uD800", 1), new(new string('x', 5000), "error:NotAnImage", 2_000_000_000)]);

        Assert.True(none.Width > 0);
        Assert.InRange(strange.Width, 1, 2000);
    }

    private static SKBitmap Draw(IReadOnlyList<AnswerChange> changes)
    {
        var png = ConfusionPicture.Draw(new AnswerChanges("20261122-231500-m-4f1a", "m", 1, 0, 1, 0, changes));
        return SKBitmap.Decode(png);
    }
}
