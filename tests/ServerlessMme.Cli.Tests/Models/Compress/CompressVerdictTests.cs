using ServerlessMme.Cli.Models.Compress;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Tests.Models.Compress;

public sealed class CompressVerdictTests
{
    private static readonly CompressDocument Good = new(
        "flowers", 1, new Change(100, 50), new Change(1, 1.04), new BatchTime(16, new Change(1, 1)), 1000, [],
        new Proportion(10, 1000), 0.1f, null);

    [Fact]
    public void A_copy_at_every_bound_is_taken() => Assert.Null(CompressVerdict.FindRefusal(Good, 0.01, 0.0201));

    [Fact]
    public void More_than_half_the_bytes_is_refused() =>
        Assert.Contains(
            "has 51.0% of the bytes", Refuse(Good with { Bytes = new Change(100, 51) }), StringComparison.Ordinal);

    [Fact]
    public void A_slower_copy_is_refused()
    {
        Assert.Contains(
            "1.03 times as long", Refuse(Good with { OneImage = new Change(1, 1.06) }), StringComparison.Ordinal);
        // A model that takes one image at a time has no other figure.
        Assert.Contains("1.04 times as long", Refuse(Good with { Batch = null }), StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_answers_decide_without_labels() => Assert.Contains(
        "11 of 1,000 images get another answer (1.10%), more than --max-loss 0.01",
        Refuse(Good with { Changed = new Proportion(11, 1000) }),
        StringComparison.Ordinal);

    [Fact]
    public void Accuracy_decides_where_it_is_known()
    {
        var changed = Good with { Changed = new Proportion(300, 1000) };

        Assert.Null(CompressVerdict.FindRefusal(
            changed with { Accuracy = new CompressedAccuracy(new Proportion(700, 1000), new Proportion(990, 1000)) },
            0.01, 0.03));
        Assert.Contains(
            "Accuracy falls from 90.00% to 88.90%, by more than --max-loss 0.01",
            Refuse(changed with
            {
                Accuracy = new CompressedAccuracy(new Proportion(900, 1000), new Proportion(889, 1000)),
            }),
            StringComparison.Ordinal);
    }

    private static string Refuse(CompressDocument document) => CompressVerdict.FindRefusal(document, 0.01, 0.0201)!;
}
