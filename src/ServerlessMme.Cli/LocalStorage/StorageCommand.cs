using System.CommandLine;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage</c>: this user's storage emulator, which runs in the background.</summary>
internal static class StorageCommand
{
    public static Command Create() => new(
        "storage", "Runs Azurite in the background as local storage for development. Its data survives restarts.")
    {
        StartCommand.Create(), StopCommand.Create(), LocalStatusCommand.Create(), ResetCommand.Create(),
    };
}
