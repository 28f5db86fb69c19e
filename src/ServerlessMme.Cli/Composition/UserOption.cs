using System.CommandLine;

namespace ServerlessMme.Cli.Composition;

/// <summary>The option <c>--by</c>.</summary>
internal static class UserOption
{
    /// <summary>The current user and machine.</summary>
    public static string Here { get; } = $"{Environment.UserName}@{Environment.MachineName}";

    public static Option<string> Create(string description) => new("--by")
    {
        Description = description,
        DefaultValueFactory = _ => Here,
        HelpName = "NAME",
    };
}
