using System.CommandLine;

namespace ServerlessMme.Cli.Tests;

public sealed class CommandsTests
{
    [Fact]
    public void Every_command_is_made_by_its_own_name() =>
        Assert.All(Commands.All, command => Assert.Equal(command.Name, command.Create().Name));

    [Fact]
    public void Every_command_that_prints_a_list_prints_json_too()
    {
        string[] expected =
        [
            "classify", "evaluate", "labels", "drift", "status", "cost", "candidate", "candidate show",
            "candidate stop", "models list", "models show", "models alias", "models group", "models check",
            "models compress", "jobs list", "jobs show", "poison list", "poison show",
        ];

        var all = Named("", Commands.All.Select(command => command.Create())).ToDictionary();

        Assert.All(
            all.Where(command => command.Value.Name is "list" or "show" || expected.Contains(command.Key)),
            command => Assert.Contains(command.Value.Options, option => option.Name == "--json"));
        Assert.Empty(expected.Except(all.Keys));
    }

    [Fact]
    public void A_line_that_names_a_command_makes_only_that_one() =>
        Assert.Equal("classify", Assert.Single(Commands.For(["classify", "jobs"])).Name);

    [Theory]
    [InlineData()]
    [InlineData("--help")]
    [InlineData("--verbose", "classify")]
    [InlineData("clasify")]
    public void Any_other_line_makes_all_commands(params string[] args) =>
        Assert.Equal(Commands.All.Count, Commands.For(args).Count());

    [Fact]
    public void A_default_that_the_help_prints_is_not_in_the_description_too() =>
        Assert.All(
            Named("", Commands.All.Select(command => command.Create())).SelectMany(command => command.Command.Options)
                .Where(option => option.HasDefaultValue),
            option => Assert.DoesNotContain("Default:", option.Description, StringComparison.Ordinal));

    private static IEnumerable<(string Name, Command Command)> Named(string before, IEnumerable<Command> commands) =>
        commands.SelectMany(command => Named($"{before}{command.Name} ", command.Subcommands)
            .Append((before + command.Name, command)));
}
