using ServerlessMme.Core.Drift;

namespace ServerlessMme.Core.Tests.Drift;

/// <summary>How often drift goes unnoticed, and how often it is reported by mistake, over 100 fixed seeds.</summary>
public sealed class DriftRatesTests(ITestOutputHelper output)
{
    private const int Seeds = 100;
    private const int Allowed = 5;

    // Unequal, as in practice; the 10 points go to a label of 9.8%.
    private static readonly double[] Uneven = [0.22, 0.16, 0.13, 0.11, 0.098, 0.09, 0.07, 0.06, 0.042, 0.02];

    [Theory]
    [InlineData(1_000, 3_000, true)]
    [InlineData(1_000, 3_000, false)]
    [InlineData(3_000, 10_000, false)]
    public void Ten_points_that_move_to_one_label_are_found_and_the_label_is_named_first(
        int recent, int reference, bool isEven)
    {
        var missed = Missed(recent, reference, isEven ? SampledAnswers.Even(10) : Uneven);

        output.WriteLine($"drift_missed at {recent}/{reference}: {missed} of {Seeds}");
        Assert.InRange(missed, 0, Allowed);
    }

    [Theory]
    [InlineData(1_000, 3_000, true)]
    [InlineData(1_000, 3_000, false)]
    [InlineData(3_000, 10_000, false)]
    [InlineData(300, 1_000, true)]
    [InlineData(300, 1_000, false)]
    [InlineData(100, 100, false)]
    public void A_resample_without_shift_is_not_reported(int recent, int reference, bool isEven)
    {
        var shares = isEven ? SampledAnswers.Even(10) : Uneven;
        var found = Enumerable.Range(0, Seeds).Count(seed => new SampledAnswers(seed)
            .Add(isRecent: false, reference, shares).Add(isRecent: true, recent, shares).Document.IsDrift);

        output.WriteLine($"drift_false at {recent}/{reference}: {found} of {Seeds}");
        Assert.InRange(found, 0, Allowed);
    }

    [Fact]
    public void Of_few_answers_ten_points_are_mostly_found_and_the_rate_is_known()
    {
        var (even, uneven) = (Missed(300, 1_000, SampledAnswers.Even(10)), Missed(300, 1_000, Uneven));

        output.WriteLine($"drift_missed at 300/1000: {even} and {uneven} of {Seeds}");
        Assert.InRange(even, 0, 30);
        Assert.InRange(uneven, 0, 30);
    }

    /// <summary>Seeds whose first finding isn't the label that the answers moved to.</summary>
    private static int Missed(int recent, int reference, double[] shares)
    {
        const int label = 4;
        return Enumerable.Range(0, Seeds).Count(seed => new SampledAnswers(seed)
            .Add(isRecent: false, reference, shares)
            .Add(isRecent: true, recent, SampledAnswers.Shift(shares, label, 0.1))
            .Document.Findings is not [{ Kind: DriftKind.Label, Name: "c4" }, ..]);
    }
}
