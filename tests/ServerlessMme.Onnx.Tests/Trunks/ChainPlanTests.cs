using ServerlessMme.Onnx.Trunks;

namespace ServerlessMme.Onnx.Tests.Trunks;

public sealed class ChainPlanTests
{
    private const long Million = 1_000_000;

    [Fact]
    public void Model_without_branches_stays_whole() => Assert.Empty(Plan(""));

    [Fact]
    public void Model_is_cut_at_its_branches() => Assert.Equal("b d", Plan("b d"));

    [Fact]
    public void Branches_close_together_are_one_cut_unless_the_second_is_the_last()
    {
        Assert.Equal("a e", Plan("a b e"));
        Assert.Equal("a b", Plan("a b"));
    }

    [Fact]
    public void First_cuts_do_not_depend_on_what_comes_behind()
    {
        Assert.Equal("a d", Plan("a d"));
        Assert.Equal("a d e", Plan("a d e"));
    }

    private static string Plan(string branches)
    {
        CutPoint[] cuts =
        [
            TrunkIndexTests.Cut("a", 10 * Million), TrunkIndexTests.Cut("b", 12 * Million),
            TrunkIndexTests.Cut("c", 13 * Million), TrunkIndexTests.Cut("d", 40 * Million),
            TrunkIndexTests.Cut("e", 90 * Million),
        ];
        return string.Join(' ', ChainPlan.Of(cuts, cut => branches.Split(' ').Contains(cut.Value))
            .Select(cut => cut.Value));
    }
}
