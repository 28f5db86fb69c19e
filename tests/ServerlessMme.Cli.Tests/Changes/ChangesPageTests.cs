using System.Text;
using System.Text.RegularExpressions;
using ServerlessMme.Cli.Changes;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Cli.Tests.Changes;

public sealed partial class ChangesPageTests
{
    [Fact]
    public void The_page_has_the_figures_the_matrix_and_the_changes()
    {
        var page = Write(
            new("cat", "cat", 900), new("cat", "dog", 70), new("dog", "error:NotAnImage", 20), new(null, "cat", 10));

        Assert.Contains("<dd class=\"value\">1,000</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dd class=\"value\">900</dd><dd class=\"note\">90.0% of", page, StringComparison.Ordinal);
        Assert.Contains("<dd class=\"value\">90</dd><dd class=\"note\">9.0% of", page, StringComparison.Ordinal);
        Assert.Equal(["cat", "dog", "error:NotAnImage", "(no label)"], Rows(page));
        Assert.Contains(
            "<tr><th scope=\"row\">cat → dog</th><td>70</td>\n<td>7.0%</td></tr>",
            page,
            StringComparison.Ordinal);
        Assert.True(
            page.IndexOf("→ dog</th>", StringComparison.Ordinal)
            < page.IndexOf("→ error:NotAnImage</th>", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_ten_thousand_labels_the_most_affected_are_shown_and_the_page_says_so()
    {
        var page = Write(
            [.. Enumerable.Range(0, 10_000).Select(i => new AnswerChange($"a{i:00000}", $"a{i + 1:00000}", i + 1))]);

        var rows = Rows(page);
        Assert.Equal(40, rows.Count);
        Assert.Equal("(all others)", rows[^1]);
        Assert.Contains("a09999", rows);
        Assert.DoesNotContain("a00000", rows);
        Assert.Contains("The 39 answers with the most changes are shown", page, StringComparison.Ordinal);
        Assert.Contains("Only the first 100 of 10,000 kinds of change are shown.", page, StringComparison.Ordinal);
        Assert.InRange(page.Length, 1, 300_000);
    }

    [Fact]
    public void Hostile_labels_are_text_and_numbers_may_be_huge()
    {
        var page = Write(
            new("<script>alert(1)</script>", "\u202egpj.exe", long.MaxValue / 4),
            new(null, "(no label)", 1),
            new("\uD800\u0000", new string('x', 5000), 2),
            new(new string('猫', 19) + "🐈🐈", "\" onload=\"x", 3));

        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\" onload", page, StringComparison.Ordinal);
        Assert.Contains("\\u202egpj.exe", page, StringComparison.Ordinal);
        Assert.Contains("2,305,843,009,213,693,951", page, StringComparison.Ordinal);
        // A label may be called like the lack of one, and is still a row of its own.
        Assert.Equal(2, Rows(page).Count(row => row == "(no label)"));
    }

    [Fact]
    public void No_image_and_no_change_are_said_in_words()
    {
        Assert.Contains("No images were compared.", Write(), StringComparison.Ordinal);
        Assert.Contains("Every answer stayed the same.", Write(new AnswerChange("a", "a", 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_matrix_is_a_section_of_its_own()
    {
        var matrix = new ChangesPage("Comparison", "m", "", [new("cat", "dog", 1)]).Matrix().ToString();

        Assert.StartsWith("<section>", matrix, StringComparison.Ordinal);
        Assert.Contains("<td class=\"wrong s10\">1</td>", matrix, StringComparison.Ordinal);
    }

    private static string Write(params AnswerChange[] changes) => Encoding.UTF8.GetString(
        new ChangesPage("Re-scoring", "cifar10", "20261122-231500-cifar10-4f1a", changes).Write());

    private static List<string> Rows(string page) =>
        [.. MatrixRow().Matches(page).Select(row => row.Groups[1].Value)];

    [GeneratedRegex("<tr><th scope=\"row\"><span title=\"[^\"]*\">([^<]*)</span></th>")]
    private static partial Regex MatrixRow();
}
