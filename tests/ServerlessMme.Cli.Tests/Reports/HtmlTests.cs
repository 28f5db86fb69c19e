using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ServerlessMme.Cli.Reports;

namespace ServerlessMme.Cli.Tests.Reports;

public sealed partial class HtmlTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("\" onerror=\"x", "&quot; onerror=&quot;x")]
    [InlineData("a\u202egpj.exe", "a\\u202egpj.exe")]
    [InlineData("\u0000\n", "\\u0000\\u000a")]
    public void Values_are_text_and_never_markup(string value, string expected)
    {
        Html html = $"<b title=\"{value}\">{value}</b>";

        Assert.Equal($"<b title=\"{expected}\">{expected}</b>", html.ToString());
    }

    [Fact]
    public void Pieces_of_markup_stay_markup()
    {
        Html piece = $"<i>{"a&b"}</i>";
        Html html = $"<p>{piece}{Html.All([piece, piece])}</p>";

        Assert.Equal("<p><i>a&amp;b</i><i>a&amp;b</i><i>a&amp;b</i></p>", html.ToString());
    }

    [Fact]
    public void Numbers_are_written_in_one_way_everywhere()
    {
        Html html = $"{12345} {0.5:0.0%} {1.25}";

        Assert.Equal("12,345 50.0% 1.25", html.ToString());
    }

    [Fact]
    public void A_page_loads_nothing_runs_nothing_and_allows_its_own_style_alone()
    {
        var page = Encoding.UTF8.GetString(ReportPage.Write("Evaluation", "<x>", $"facts", $"<p>body</p>"));

        var style = Style().Match(page).Groups[1].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Contains(
            $"default-src 'none'; style-src 'sha256-{hash}'; img-src data:;", page, StringComparison.Ordinal);
        Assert.Contains("<title>&lt;x&gt;: Evaluation</title>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http:", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("https:", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.OrdinalIgnoreCase);
        // The policy forbids style attributes.
        Assert.DoesNotContain(" style=", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_matrix_shades_by_share_of_the_row_and_escapes_names()
    {
        var counts = new[,] { { 9, 1 }, { 0, 0 } };
        var matrix = new ShadedMatrix("label", "answer").Write(["<a>", "b"], (row, column) => counts[row, column]);

        var text = matrix.ToString();
        Assert.Contains("<td class=\"right s9\">9</td><td class=\"wrong s3\">1</td>", text, StringComparison.Ordinal);
        Assert.Contains("<td class=\"right s0\">·</td>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<a>", text, StringComparison.Ordinal);
    }

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
