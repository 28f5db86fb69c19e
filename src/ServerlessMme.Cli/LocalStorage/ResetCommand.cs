using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Emulator.Background;
using Spectre.Console;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage reset</c>: deletes all data in local storage.</summary>
internal static class ResetCommand
{
    public static Command Create()
    {
        var yes = new Option<bool>("--yes") { Description = "Don't ask for confirmation." };
        var command = new Command(
            "reset",
            "Deletes all models, images and labels in local storage. If local storage is running, it restarts empty.")
        {
            yes,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var storage = new BackgroundStorage();
            if (!parsed.GetValue(yes) && !await IsConfirmedAsync(storage, cancellationToken))
            {
                Console.WriteLine("Nothing was deleted.");
                return ExitCodes.Done;
            }

            var running = await storage.ResetAsync(Console.Error.WriteLine, cancellationToken);
            Console.WriteLine(running is null
                ? "Local storage is empty. 'mme storage start' starts it."
                : $"Local storage is empty, and is running as process {running.ProcessId}.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<bool> IsConfirmedAsync(BackgroundStorage storage, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            throw new CommandException(
                ExitCodes.Usage,
                $"'mme storage reset' deletes all data in {storage.Folder}. Without a terminal, it can't ask for "
                + "confirmation. Confirm with --yes.");
        }

        return await Screen.Console.PromptAsync(
            new ConfirmationPrompt(Markup.Escape($"Delete all data in {storage.Folder}?")) { DefaultValue = false },
            cancellationToken);
    }
}
