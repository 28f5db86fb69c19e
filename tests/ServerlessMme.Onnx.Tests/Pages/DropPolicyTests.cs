using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class DropPolicyTests
{
    /// <summary>A pack is written as name:KB:seconds idle, with R for one that runs, and :uses.</summary>
    [Theory]
    [InlineData("", 1, "", "Nothing is dropped where nothing is mapped")]
    [InlineData("a:100:1 b:100:2", 0, "", "Nothing is dropped when nothing is needed")]
    [InlineData("a:100:1 b:100:2", 100, "b", "The one idle for longest goes first")]
    [InlineData("a:100:1 b:100:2 c:100:3", 150, "c b", "As many go as are needed")]
    [InlineData("a:100:1 b:100:9R", 100, "a", "One that runs stays")]
    [InlineData("a:0:9 b:100:1", 100, "b", "One that isn't in memory brings nothing")]
    [InlineData("a:100:1", 500, "a", "Fewer bytes are freed when there are no more")]
    [InlineData("small:10:5 large:3000:1", 10, "large", "A small one costs more per byte to read again")]
    [InlineData("small:10:20 large:3000:1", 10, "small", "A small one goes when it is idle for long enough")]
    [InlineData("often:100:5:3 once:100:2:1", 100, "once", "One that is used more often is needed sooner")]
    [InlineData("often:100:7:3 once:100:2:1", 100, "often", "One that was used often goes when it is idle for longer")]
    public void The_longest_idle_go_compared_to_what_they_cost(string packs, long kilobytes, string dropped, string why)
    {
        var words = packs.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var chosen = DropPolicy.Choose(words.Select(Parse).ToArray(), kilobytes * 1000);

        Assert.True(dropped == string.Join(' ', chosen.Select(index => words[index].Split(':')[0])), why);
    }

    private static DropCandidate Parse(string pack)
    {
        var parts = pack.Split(':');
        return new DropCandidate(long.Parse(parts[1]) * 1000,
            TimeSpan.FromSeconds(int.Parse(parts[2].TrimEnd('R'))), parts[2].EndsWith('R'),
            parts.Length > 3 ? int.Parse(parts[3]) : 1);
    }
}
