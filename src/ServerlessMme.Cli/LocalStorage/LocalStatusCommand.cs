using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary><c>mme storage status</c>: shows whether local storage is running.</summary>
internal static class LocalStatusCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new ExampleCommand(
            "status",
            "Shows whether local storage is running, and how to connect to it.",
            $"""
            Examples:
              mme storage status
              mme storage status --json | jq -r .connectionString

            Exits with {ExitCodes.NotFound} if local storage isn't running.
            """)
        {
            json,
        };
        command.SetAction(parsed =>
        {
            var storage = new BackgroundStorage();
            var running = storage.Find();
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(
                    LocalStatus.Of(storage, running), LocalStatusJson.Default.LocalStatus));
            }
            else if (running is null)
            {
                Console.WriteLine("Local storage isn't running. 'mme storage start' starts it.");
                StorageText.PrintData(storage);
            }
            else
            {
                Console.WriteLine(
                    $"Local storage has been running as process {running.ProcessId} since {running.StartedAt:u}.");
                StorageText.PrintPlace(storage, running);
                Console.WriteLine($"""

                    mme uses local storage if no other account is set. Other programs need its connection string:
                    {running.ConnectionString}
                    """);
            }

            return running is null ? ExitCodes.NotFound : ExitCodes.Done;
        });
        return command;
    }
}

/// <summary>The output of <c>mme storage status --json</c>.</summary>
/// <param name="Bytes">Size of the data.</param>
internal sealed record LocalStatus(
    bool Running,
    int? ProcessId,
    DateTimeOffset? StartedAt,
    int? BlobPort,
    int? QueuePort,
    int? TablePort,
    string Folder,
    long Bytes,
    string? ConnectionString)
{
    public static LocalStatus Of(BackgroundStorage storage, RunningStorage? running) => new(
        running is not null,
        running?.ProcessId,
        running?.StartedAt,
        running?.Ports.Blob,
        running?.Ports.Queue,
        running?.Ports.Table,
        storage.Folder,
        storage.MeasureData(),
        running?.ConnectionString);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LocalStatus))]
internal sealed partial class LocalStatusJson : JsonSerializerContext;
