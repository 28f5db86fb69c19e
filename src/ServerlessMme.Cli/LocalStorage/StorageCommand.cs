using System.CommandLine;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage</c>: this user's storage emulator, which runs in the background.</summary>
internal static class StorageCommand
{
    public static Command Create() => new(
        "storage", "Runs storage on this machine, for development: Azurite in the background, with data that stays.")
    {
        StartCommand.Create(), StopCommand.Create(), LocalStatusCommand.Create(), ResetCommand.Create(),
    };
}
