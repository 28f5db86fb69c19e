using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage stop</c>.</summary>
internal static class StopCommand
{
    public static Command Create()
    {
        var command = new Command("stop", "Stops local storage. Its data stays.");
        command.SetAction(async (_, cancellationToken) =>
        {
            var stopped = await new BackgroundStorage().StopAsync(cancellationToken);
            Console.WriteLine(stopped.Outcome switch
            {
                StopOutcome.Stopped => "Local storage has stopped. Its data stays.",
                StopOutcome.Killed => $"Local storage (process {stopped.ProcessId}) did not end by itself and was "
                    + "killed. What it received in the last seconds may be lost.",
                StopOutcome.OtherProcess => $"Local storage has already ended. Process {stopped.ProcessId} is another "
                    + "program now, and was left alone.",
                _ => "Local storage isn't running.",
            });
            return ExitCodes.Done;
        });
        return command;
    }
}
