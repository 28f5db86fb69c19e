using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class SizeHistoryTests
{
    [Fact]
    public void Last_size_counts()
    {
        var sizes = new SizeHistory();
        sizes.Record("a", 1);
        sizes.Record("a", 2);

        Assert.Equal(2, sizes.Find("a"));
        Assert.Null(sizes.Find("b"));
    }

    [Fact]
    public void Oldest_is_forgotten_above_the_capacity()
    {
        var sizes = new SizeHistory(capacity: 2);
        foreach (var digest in new[] { "a", "b", "b", "a", "c" })
        {
            sizes.Record(digest, 1);
        }

        Assert.Equal([null, 1, 1], new[] { "a", "b", "c" }.Select(sizes.Find));
    }
}
