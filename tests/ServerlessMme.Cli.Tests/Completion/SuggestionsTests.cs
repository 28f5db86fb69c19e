using ServerlessMme.Cli.Completion;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Completion;

public sealed class SuggestionsTests
{
    [Theory]
    [InlineData("mme mod", "models")]
    [InlineData("mod", "models")]
    [InlineData("/usr/local/bin/mme mod", "models")]
    [InlineData("mme models l", "list")]
    [InlineData("mme  jobs   wa", "watch")]
    [InlineData("mme labels cifar10 --uns", "--unsure")]
    [InlineData("mme labels cifar10 --format c", "csv")]
    [InlineData("mme completion z", "zsh")]
    [InlineData("mme nothing like this", "")]
    public void A_line_is_completed(string line, string expected) =>
        Assert.Equal(expected, string.Join(' ', Of(line)));

    [Fact]
    public void Commands_come_without_options_until_a_dash_is_typed()
    {
        Assert.Equal(Commands.All.Select(command => command.Name).Order(), Of("mme ").Order());
        Assert.All(Of("mme classify -"), word => Assert.StartsWith("--", word, StringComparison.Ordinal));
        Assert.Contains("--model", Of("mme classify -"));
    }

    [Fact]
    public void A_command_without_arguments_offers_its_options() => Assert.Contains("--top", Of("mme status "));

    [Fact]
    public async Task Names_of_local_models_are_completed()
    {
        const string typed = "mme classify a.jpg --model ";

        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            null, $"[suggest:{typed.Length}]", typed + "cif --top 3");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Equal(["cifar10", "sign-language-digits"], output.Split(Environment.NewLine)[..^1].Order());
    }

    private static IReadOnlyList<string> Of(string line) =>
        Suggestions.Of(line, words => Commands.CreateRoot(words, out _));
}
