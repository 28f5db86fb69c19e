using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Emulator.Background;
using Spectre.Console;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage reset</c>.</summary>
internal static class ResetCommand
{
    public static Command Create()
    {
        var yes = new Option<bool>("--yes") { Description = "Ask nothing." };
        var command = new Command(
            "reset", "Deletes all models, images and labels in local storage. Storage that runs starts again, empty.")
        {
            yes,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var storage = new BackgroundStorage();
            if (!parsed.GetValue(yes) && !await IsConfirmedAsync(storage, cancellationToken))
            {
                Console.WriteLine("Nothing is deleted.");
                return ExitCodes.Done;
            }

            var running = await storage.ResetAsync(Console.Error.WriteLine, cancellationToken);
            Console.WriteLine(running is null
                ? "Local storage is empty. 'mme storage start' starts it."
                : $"Local storage is empty, and runs as process {running.ProcessId}.");
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
                $"'mme storage reset' deletes all data in {storage.Folder}. Without a terminal to ask at, it needs "
                + "--yes.");
        }

        return await Screen.Console.PromptAsync(
            new ConfirmationPrompt(Markup.Escape($"Delete all data in {storage.Folder}?")) { DefaultValue = false },
            cancellationToken);
    }
}
