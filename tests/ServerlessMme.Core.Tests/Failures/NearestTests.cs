using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Tests.Failures;

public sealed class NearestTests
{
    private static readonly string[] Words = ["classify", "cost", "list", "MaxTries", "BatchSize"];

    [Theory]
    [InlineData("clasify", "classify")]
    [InlineData("lsit", "list")]
    [InlineData("maxtrys", "MaxTries")]
    [InlineData("MaxTires", "MaxTries")]
    [InlineData("CLASSIFY", "classify")]
    [InlineData("frobnicate", null)]
    [InlineData("", null)]
    public void Nearest_word_is_the_one_with_few_edits(string word, string? expected)
    {
        Assert.Equal(expected, Nearest.Of(word, Words));
    }
}
