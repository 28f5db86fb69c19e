using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Composition;

/// <summary>Colors on a pseudo terminal, which <c>script</c> makes. See no-color.org.</summary>
public sealed class NoColorTests
{
    private const string Red = "\u001b[31m";
    private const string AnyStyle = @"\x1b\[[0-9;]*m";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_terminal_shows_colors_unless_NO_COLOR_is_set_and_not_empty(string? noColor) =>
        Assert.Contains(Red, await ClassifyAsync("xterm-256color", noColor), StringComparison.OrdinalIgnoreCase);

    [Theory]
    [InlineData("xterm-256color", "1")]
    [InlineData("dumb", null)]
    public async Task No_escape_code_styles_the_text_where_it_is_set_and_on_dumb_terminals(string term, string? noColor)
    {
        var output = await ClassifyAsync(term, noColor);

        Assert.Contains("NotAnImage", output, StringComparison.Ordinal);
        Assert.DoesNotMatch(AnyStyle, output);
    }

    [Fact]
    public async Task Redirected_output_has_no_escape_code_even_on_a_build_server()
    {
        var finished = await MmeProcess.RunAsync(
            null, [("GITHUB_ACTIONS", "true"), ("TERM", "xterm-256color")], Arguments);

        Assert.DoesNotContain('\u001b', finished.Output);
        Assert.DoesNotContain('\u001b', finished.Error);
    }

    // One of the samples is no image, and its error is red.
    private static string[] Arguments =>
        ["classify", Repository.PathOf("sample-images", "cifar10"), "--model", "cifar10"];

    private static async Task<string> ClassifyAsync(string term, string? noColor)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program 'script' has other options elsewhere.");
        var program = Path.Combine(AppContext.BaseDirectory, "mme.dll");
        // Only env removes a variable that the tests themselves have.
        var line = $"env -u NO_COLOR TERM={term}{(noColor is null ? "" : $" NO_COLOR='{noColor}'")} "
            + $"dotnet '{program}' {string.Join(' ', Arguments.Select(argument => $"'{argument}'"))}";
        var finished = await Command.TryRunAsync("script", "-qec", line, "/dev/null");
        Assert.SkipWhen(finished is null, "This machine has no 'script'.");
        return finished.Output;
    }
}
