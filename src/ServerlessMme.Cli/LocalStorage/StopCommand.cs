using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage stop</c>: stops local storage.</summary>
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
                StopOutcome.Killed => $"Local storage (process {stopped.ProcessId}) did not stop in time, so it was "
                    + "killed. Data from the last few seconds may be lost.",
                StopOutcome.OtherProcess => $"Local storage has already ended. Process {stopped.ProcessId} is now "
                    + "another program, which keeps running.",
                _ => "Local storage isn't running.",
            });
            return ExitCodes.Done;
        });
        return command;
    }
}
