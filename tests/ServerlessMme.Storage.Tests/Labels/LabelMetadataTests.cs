using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Storage.Tests.Labels;

public sealed class LabelMetadataTests
{
    [Theory]
    [InlineData("0.9123", 0.9123)]
    [InlineData("NaN", null)]
    [InlineData("1e999", null)]
    [InlineData("high", null)]
    public void Only_a_finite_number_is_a_score(string stored, double? score)
    {
        var stamp = BlobLabelSink.StampOf(new Dictionary<string, string> { ["score"] = stored });

        Assert.Equal(score, stamp.Score);
    }
}
