namespace ServerlessMme.Cli.Tests;

public sealed class CommandsTests
{
    [Fact]
    public void Every_command_is_made_by_its_own_name() =>
        Assert.All(Commands.All, command => Assert.Equal(command.Name, command.Create().Name));

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
}
