using System.CommandLine;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Status;
using ServerlessMme.Hosting;
using ServerlessMme.Onnx;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Worker;

/// <summary><c>mme worker</c>.</summary>
internal static class WorkerCommand
{
    public static Command Create()
    {
        var storage = StorageOption.Create();
        var command = new ExampleCommand(
            "worker",
            "Labels dropped images until stopped, like the Functions app but without the Functions host.",
            """
            Examples:
              mme worker
              Mme__Storage__BlobServiceUri=https://acme.blob.core.windows.net \
              Mme__Storage__QueueServiceUri=https://acme.queue.core.windows.net mme worker
            """)
        {
            storage,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // The worker retries by itself. With this limit, it reports a wrong address immediately.
            using var host = Build(
                LocalAccount.Resolve(parsed.GetValue(storage)),
                quiet: false,
                new FirstAnswer(FirstAnswer.Interactive));
            UnknownSettings.Warn(host.Services);
            // The host is disposed when it stops, so its services are looked up first.
            var services = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
            await host.RunAsync(cancellationToken);
            ThrowIfFailed(services);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Builds the worker's host.</summary>
    /// <param name="firstAnswer">Limits the wait for storage's first response; null for the SDK's limit.</param>
    public static IHost Build(string? storage, bool quiet, FirstAnswer? firstAnswer)
    {
        OnnxBackendFactory.PrepareRuntime();
        var builder = MmeHost.CreateBuilder(storage, quiet);
        builder.Services.AddClassifier(builder.Configuration).AddStorage(builder.Configuration);
        // Created here, before any service can measure something.
        builder.Services.AddSingleton(new MetricTotals());
        builder.Services.AddHostedService<StatusService>();
        builder.AddTelemetry("mme-worker");
        builder.Services.AddHostedService<WorkerService>();
        builder.Services.AddHostedService<PreloadService>();
        if (firstAnswer is not null)
        {
            builder.Services.AddSingleton(firstAnswer);
        }

        return builder.Build();
    }

    /// <summary>Rethrows the failure of a service. The host stops after it as if it had been told to.</summary>
    private static void ThrowIfFailed(IEnumerable<BackgroundService> services)
    {
        var failure = services.Select(service => service.ExecuteTask?.Exception)
            .FirstOrDefault(exception => exception is not null);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure.InnerExceptions is [var only] ? only : failure);
        }
    }
}
