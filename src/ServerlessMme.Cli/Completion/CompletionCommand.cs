using System.CommandLine;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Completion;

/// <summary><c>mme completion</c>: prints a script that makes a shell complete the command line.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or powershell." };
        shell.AcceptOnlyFromAmong([.. CompletionScripts.All.Keys]);
        var command = new ExampleCommand(
            "completion",
            "Prints a script that completes commands, options and model names in your shell.",
            """
            Examples:
              eval "$(mme completion bash)"                               # in ~/.bashrc
              eval "$(mme completion zsh)"                                # in ~/.zshrc, after compinit
              mme completion powershell | Out-String | Invoke-Expression  # in $PROFILE
            """)
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            Console.Out.Write(CompletionScripts.All[parsed.GetRequiredValue(shell)]);
            return ExitCodes.Done;
        });
        return command;
    }
}
