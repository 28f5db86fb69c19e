using ServerlessMme.Core.Drift;

namespace ServerlessMme.Core.Tests.Drift;

/// <summary>Compares with exact fractions, and with the closed forms for one and two degrees of freedom.</summary>
public sealed class SignificanceTests
{
    [Fact]
    public void One_degree_of_freedom_is_the_normal_distribution()
    {
        // Four cells are 10 away from the 50 expected: 4 · 10² / 50 = 8, and p = erfc(√(8 / 2)).
        var p = Significance.OfShare(new PairCount(60, 40), new PairCount(100, 100));

        Assert.Equal(0.004677734981047266, p, 1e-12);
    }

    [Fact]
    public void Two_degrees_of_freedom_are_the_exponential_distribution()
    {
        // The statistic is 8 again, and p = exp(−8 / 2).
        var p = Significance.OfDistributions([new(60, 40), new(40, 60), new(50, 50)]);

        Assert.Equal(Math.Exp(-4), p, 1e-12);
    }

    [Fact]
    public void Very_small_probabilities_keep_their_digits()
    {
        var p = Significance.OfDistributions([new(6000, 4000), new(4000, 6000), new(5000, 5000)]);

        Assert.Equal(1, p / Math.Exp(-400), 1e-9);
    }

    [Theory]
    // The lady tasting tea.
    [InlineData(3, 1, 4, 4, 34.0 / 70)]
    [InlineData(8, 1, 10, 6, 280.0 / 8008)]
    // All of three rare images are recent: (100 · 99 · 98) / (1100 · 1099 · 1098).
    [InlineData(0, 3, 1000, 100, 970200.0 / 1327372200)]
    public void Small_numbers_are_tested_exactly(int reference, int recent, int before, int now, double expected)
    {
        var p = Significance.OfShare(new PairCount(reference, recent), new PairCount(before, now));

        Assert.Equal(1, p / expected, 1e-6);
    }

    [Fact]
    public void Equal_shares_and_a_single_category_are_no_difference()
    {
        Assert.Equal(1, Significance.OfShare(new PairCount(0, 0), new PairCount(100, 100)));
        Assert.Equal(1, Significance.OfShare(new PairCount(100, 50), new PairCount(100, 50)));
        Assert.Equal(1, Significance.OfDistributions([new(500, 500)]));
        Assert.Equal(1, Significance.OfDistributions([]));
        Assert.Equal(1, Significance.OfDistributions([new(5, 0), new(9, 0)]));
        Assert.Equal(1, Significance.OfShare(new PairCount(300, 100), new PairCount(3000, 1000)), 1e-12);
    }

    [Fact]
    public void Rare_categories_are_put_together()
    {
        var pooled = Significance.Pool([new(30, 10), new(3, 1), new(2, 0), new(30, 11)]);

        Assert.Equal([new(30, 10), new(30, 11), new(5, 1)], pooled);
        Assert.Empty(Significance.Pool([]));
    }

    [Fact]
    public void Probabilities_are_adjusted_as_Holm_did()
    {
        Assert.Equal(
            [0.03, 0.06, 0.06, 0.02],
            Significance.Adjust([0.01, 0.04, 0.03, 0.005]),
            (expected, actual) => Math.Abs(expected - actual) < 1e-12);
        Assert.Equal([1, 1], Significance.Adjust([0.9, 0.6]));
        Assert.Empty(Significance.Adjust([]));
    }

    [Fact]
    public void A_million_images_are_tested_at_once()
    {
        var p = Significance.OfShare(new PairCount(3, 900_000), new PairCount(100, 1_000_000));

        Assert.InRange(p, 0, 1e-10);
    }
}
