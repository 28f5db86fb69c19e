using System.Text;
using ServerlessMme.Cli.Drift;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Tests.Drift;

public sealed class DriftPageTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly DriftCounts _counts = new(new DriftWindows(Now.AddDays(-30), Now.AddDays(-7), Now));

    [Fact]
    public void The_page_names_what_moved_and_draws_both_windows()
    {
        Add(Now.AddDays(-20), 900, "cat", 0.95);
        Add(Now.AddDays(-20), 100, "ship", 0.95);
        Add(Now.AddDays(-1), 700, "cat", 0.95);
        Add(Now.AddDays(-1), 300, "ship", 0.55);

        var page = Write();

        Assert.Contains("The share of &#x27;ship&#x27; rose from 10.0% to 30.0%.", page, StringComparison.Ordinal);
        Assert.Contains("1,000 images since 2026-11-17 12:00Z", page, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"10.0% before, 30.0% now\"", page, StringComparison.Ordinal);
        Assert.Contains("<title>0.9 to 1.0: 1,000 before, 700 now</title>", page, StringComparison.Ordinal);
        Assert.Contains("<tr class=\"chosen\"><th scope=\"row\">ship</th>", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_labels_in_large_numbers_do_not_break_the_page()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Add(i % 2 == 0 ? Now : Now.AddDays(-9), 1, $"<b>\u202e{i}", 0.5);
        }

        var page = Write();

        Assert.Contains("Only the first 40 of 10,000 labels are shown.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>\\u", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", page, StringComparison.Ordinal);
        Assert.InRange(page.Length, 1, 100_000);
    }

    [Fact]
    public void Refusals_alone_make_a_page_without_labels_and_scores()
    {
        for (var i = 0; i < 400; i++)
        {
            _counts.Add(new StoredAnswer(
                null, "a", null, null, false, "NotAnImage", null, "v", i % 2 == 0 ? Now : Now.AddDays(-9)));
        }

        var page = Write();

        Assert.Contains("refused: NotAnImage", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Shares of the labels", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg viewBox=\"0 0 440", page, StringComparison.Ordinal);
    }

    private string Write() => Encoding.UTF8.GetString(
        new DriftPage(DriftAnalysis.Compare(ModelName.Parse("cifar10").Value, _counts)).Write());

    private void Add(DateTimeOffset at, int images, string label, double score)
    {
        for (var i = 0; i < images; i++)
        {
            _counts.Add(new StoredAnswer(null, "a", label, score, false, null, null, "v", at));
        }
    }
}
