using System.CommandLine;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage start</c>: starts local storage.</summary>
internal static class StartCommand
{
    public static Command Create()
    {
        var ports = StoragePorts.Default;
        var blob = Port("blob", ports.Blob);
        var queue = Port("queue", ports.Queue);
        var table = Port("table", ports.Table);
        var command = new ExampleCommand(
            "start",
            "Starts local storage if it isn't already running. It keeps running after you close the terminal.",
            """
            Examples:
              mme storage start
              mme storage start --blob-port 11000 --queue-port 11001 --table-port 11002

            Every other command then uses local storage, unless --storage or a setting names an account. Use it only for
            development: every user of this machine can read and write its data.
            """)
        {
            blob, queue, table,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var storage = new BackgroundStorage();
            var started = await storage.StartAsync(
                new PortRequest(parsed.GetValue(blob), parsed.GetValue(queue), parsed.GetValue(table)),
                Console.Error.WriteLine,
                cancellationToken);
            Console.WriteLine(started.WasRunning
                ? $"Local storage is already running as process {started.Storage.ProcessId}."
                : $"Local storage is running as process {started.Storage.ProcessId}.");
            StorageText.Print(storage, started.Storage);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<int?> Port(string service, int standard)
    {
        var option = new Option<int?>($"--{service}-port")
        {
            Description = $"Port of the {service} service; 0 picks a free one. Default: {standard}.",
            HelpName = "PORT",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var n) || n is < 0 or > 65535))
            {
                result.AddError($"{option.Name} is '{token.Value}', but must be a whole number from 0 to 65535.");
            }
        });
        return option;
    }
}
