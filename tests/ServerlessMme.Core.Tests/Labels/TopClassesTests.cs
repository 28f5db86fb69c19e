using ServerlessMme.Core.Labels;

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
}
