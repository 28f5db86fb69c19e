using ServerlessMme.Core.Failures;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Failures;

public sealed class ErrorCodeTests
{
    [Fact]
    public void Every_code_has_its_paragraph_in_the_docs_and_no_other_has()
    {
        var headings = File.ReadLines(Repository.PathOf("docs", "error-codes.md"))
            .Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..].Trim('`'));

        Assert.Equal(Enum.GetNames<ErrorCode>().Order(), headings.Order());
    }

    [Fact]
    public void A_refused_outcome_has_no_value()
    {
        Outcome<string> refused = new Refusal(ErrorCode.EmptyImage, "It is empty.");

        Assert.False(refused.TryGet(out _, out var refusal));
        Assert.Equal(ErrorCode.EmptyImage, refusal.Code);
        Assert.Contains("EmptyImage", Assert.Throws<InvalidOperationException>(() => refused.Value).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData(null, "")]
    [InlineData("a\u001b[31m\n", "a\\u001b[31m\\u000a")]
    [InlineData("a\u202eb", "a\\u202eb")]
    public void Text_from_outside_is_made_printable(string? text, string expected) =>
        Assert.Equal(expected, Printable.Text(text));

    [Fact]
    public void Long_text_is_cut() => Assert.Equal("aaaa…", Printable.Text("aaaaa", 4));
}
