using ServerlessMme.Cli.Models.Compress;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Tests.Models.Compress;

public sealed class CompressVerdictTests
{
    private static readonly CompressDocument Good = new(
        "flowers", 1, new Change(100, 50), new Change(1, 1.04), new BatchTime(16, new Change(1, 1)), 1000, [],
        new Proportion(10, 1000), 0.1f, null);

    private static readonly CompressBounds Bounds = new(MaxSlowdown: 0.0201);

    [Fact]
    public void A_copy_at_every_bound_is_taken()
    {
        Assert.Null(CompressVerdict.TooLarge(Good.Bytes));
        Assert.Null(CompressVerdict.FindRefusal(Good, Bounds));
        Assert.Null(CompressVerdict.FindRefusal(Labeled(900, 890, changed: 20), Bounds));
    }

    [Fact]
    public void More_than_half_the_bytes_is_refused() =>
        Assert.Contains(
            "has 51.0% of the original's bytes", CompressVerdict.TooLarge(new Change(100, 51)), StringComparison.Ordinal);

    [Fact]
    public void A_slower_copy_is_refused()
    {
        Assert.Contains(
            "1.03 times as long", Refuse(Good with { OneImage = new Change(1, 1.06) }), StringComparison.Ordinal);
        // A model that takes one image at a time has no other figure.
        Assert.Contains("1.04 times as long", Refuse(Good with { Batch = null }), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_percent_more_time_is_the_bound_by_default()
    {
        Assert.Null(CompressVerdict.FindRefusal(
            Good with { OneImage = new Change(1, 1.019), Batch = null }, new CompressBounds()));
        Assert.Contains(
            "1.03 times as long per image, which is more than --max-slowdown 0.02 allows",
            CompressVerdict.FindRefusal(
                Good with { OneImage = new Change(1, 1.03), Batch = null }, new CompressBounds()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_answers_decide_without_labels()
    {
        var changed = Good with { Changed = new Proportion(11, 1000) };

        Assert.Contains(
            "11 of 1,000 images get a different answer (1.10%), which is more than --max-loss 0.01 allows",
            Refuse(changed),
            StringComparison.Ordinal);
        Assert.Null(CompressVerdict.FindRefusal(changed, Bounds with { MaxChanged = 0.011 }));
        Assert.Contains(
            "more than --max-changed 0.002",
            CompressVerdict.FindRefusal(Good, Bounds with { MaxChanged = 0.002 }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Accuracy_decides_where_it_is_known()
    {
        Assert.Null(CompressVerdict.FindRefusal(Labeled(700, 990, changed: 20), Bounds));
        Assert.Contains(
            "Accuracy falls from 90.00% to 88.90%, which is more than --max-loss 0.01 allows",
            Refuse(Labeled(900, 889, changed: 11)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_answers_that_cancel_out_are_refused_although_accuracy_stays()
    {
        var changed = Labeled(900, 900, changed: 300);

        Assert.Contains(
            "300 of 1,000 images get a different answer (30.00%), which is more than --max-changed 0.02 allows",
            Refuse(changed),
            StringComparison.Ordinal);
        Assert.Contains("--max-changed 0.02", Refuse(Labeled(900, 900, changed: 21)), StringComparison.Ordinal);
        Assert.Null(CompressVerdict.FindRefusal(changed, Bounds with { MaxChanged = 0.3 }));
    }

    [Fact]
    public void A_copy_that_fails_on_an_image_is_refused()
    {
        var answered = new ComparedImage("a.png", 1, 1, IsSame: true, 0, null, null);
        var problem = new Refusal(ErrorCode.InferenceFailed, "returned a score that is not a finite number");

        Assert.Null(CompressVerdict.Unanswered([answered, ComparedImage.Refused("b.png", problem)]));
        Assert.Contains(
            "The copy fails on 1 image that the model answers",
            CompressVerdict.Unanswered([answered, ComparedImage.Unanswered("b.png", problem)]),
            StringComparison.Ordinal);
    }

    private static CompressDocument Labeled(int before, int after, int changed) => Good with
    {
        Changed = new Proportion(changed, 1000),
        Accuracy = new CompressedAccuracy(new Proportion(before, 1000), new Proportion(after, 1000)),
    };

    private static string Refuse(CompressDocument document) => CompressVerdict.FindRefusal(document, Bounds)!;
}
