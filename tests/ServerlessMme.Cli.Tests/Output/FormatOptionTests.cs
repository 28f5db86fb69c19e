using System.CommandLine;
using ServerlessMme.Cli.Output;

namespace ServerlessMme.Cli.Tests.Output;

public sealed class FormatOptionTests
{
    [Theory]
    [InlineData("table")]
    [InlineData("json", "--json")]
    [InlineData("json", "--format", "json")]
    [InlineData("json", "--format", "json", "--json")]
    [InlineData("csv", "--format", "csv")]
    public void The_format_is_read_and_json_is_its_short_form(string expected, params string[] arguments)
    {
        var (format, parsed) = Parse(arguments);

        Assert.Empty(parsed.Errors);
        Assert.Equal(expected, format.Of(parsed).ToString().ToLowerInvariant());
    }

    [Theory]
    [InlineData("contradict each other", "--format", "csv", "--json")]
    [InlineData("'xml'", "--format", "xml")]
    [InlineData("'jsonl'", "--format", "jsonl")]
    public void Other_formats_and_contradictions_are_refused(string message, params string[] arguments) =>
        Assert.Contains(
            Parse(arguments).Parsed.Errors, error => error.Message.Contains(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("=1+2", "'=1+2")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    [InlineData(null, null)]
    public void A_cell_is_never_a_formula(string? text, string? expected) =>
        Assert.Equal(expected, CsvOutput.Text(text));

    private static (FormatOption Format, ParseResult Parsed) Parse(string[] arguments)
    {
        var format = FormatOption.ForTable();
        var command = new Command("list");
        format.AddTo(command);
        return (format, command.Parse(arguments));
    }
}
