using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Hosting;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Composition;

/// <summary>
/// The host for commands that read and write storage. It also has the classifier's services, because the storage
/// services share their settings and clock.
/// </summary>
internal static class StorageHost
{
    /// <summary>Adds the option <c>--storage</c> to a command, and runs it with services for that account.</summary>
    public static Command Run(
        Command command, Func<ParseResult, IServiceProvider, CancellationToken, Task<int>> run)
    {
        var storage = StorageOption.Create();
        command.Add(storage);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = Build(parsed.GetValue(storage));
            return await run(parsed, host.Services, cancellationToken);
        });
        return command;
    }

    /// <summary>Returns true if the environment names a storage account.</summary>
    public static bool IsConfigured()
    {
        var storage = MmeHost.ReadSettings(null).GetSection("Mme:Storage");
        return !string.IsNullOrWhiteSpace(storage["ConnectionString"])
            || !string.IsNullOrWhiteSpace(storage["BlobServiceUri"])
            || !string.IsNullOrWhiteSpace(storage["QueueServiceUri"]);
    }

    /// <summary>Builds the host. Its requests fail within seconds if storage doesn't answer.</summary>
    /// <param name="storage">Connection string from the command line; null uses the settings or local storage.</param>
    public static CommandHost Build(string? storage) => CommandHost.Build(
        LocalAccount.Resolve(storage),
        (services, settings) => services.AddClassifier(settings).AddStorage(settings)
            .AddSingleton(new FirstAnswer(FirstAnswer.Interactive)));
}
