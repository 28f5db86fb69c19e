using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Status;
using ServerlessMme.Hosting;

namespace ServerlessMme.Cli.Worker;

/// <summary><c>mme worker</c>.</summary>
internal static class WorkerCommand
{
    public static Command Create()
    {
        var storage = StorageOption.Create();
        var command = new ExampleCommand(
            "worker",
            "Labels what is dropped, until it is stopped. The Functions app without the Functions host.",
            """
            Examples:
              mme worker --storage "UseDevelopmentStorage=true"
              Mme__Storage__BlobServiceUri=https://acme.blob.core.windows.net \
              Mme__Storage__QueueServiceUri=https://acme.queue.core.windows.net mme worker
            """)
        {
            storage,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var host = Build(parsed.GetValue(storage), quiet: false);
            await host.RunAsync(cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Builds the worker's host.</summary>
    public static IHost Build(string? storage, bool quiet)
    {
        var builder = MmeHost.CreateBuilder(storage, quiet);
        builder.Services.AddClassifier(builder.Configuration).AddStorage(builder.Configuration);
        // Created here, before any service can measure something.
        builder.Services.AddSingleton(new MetricTotals());
        builder.Services.AddHostedService<StatusService>();
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddHostedService<WorkerService>();
        builder.Services.AddHostedService<PreloadService>();
        return builder.Build();
    }
}
