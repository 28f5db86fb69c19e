using System.CommandLine;

namespace ServerlessMme.Cli.Composition;

/// <summary>The option <c>--by</c>.</summary>
internal static class UserOption
{
    public static Option<string> Create(string description) => new("--by")
    {
        Description = $"{description} Default: the user at this machine.",
        DefaultValueFactory = _ => $"{Environment.UserName}@{Environment.MachineName}",
        HelpName = "NAME",
    };
}
