using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Serving.Console;
using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Serving.Console.Workers;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.WebConsole;

/// <summary><c>mme console</c>.</summary>
internal static class ConsoleCommand
{
    private const int DefaultPort = 8787;

    public static Command Create()
    {
        var port = new Option<int>("--port")
        {
            Description = "Port; 0 picks a free one.",
            DefaultValueFactory = _ => DefaultPort,
        };
        port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var n) || n is < 0 or > 65535))
            {
                result.AddError($"--port is '{token.Value}', but must be a whole number from 0 to 65535.");
            }
        });
        var readOnly = new Option<bool>("--read-only") { Description = "Refuse every action." };
        var noOpen = new Option<bool>("--no-open") { Description = "Print the address without opening a browser." };
        var storage = StorageOption.Create();
        var command = new ExampleCommand(
            "console",
            "Opens a page that shows images, labels, models and jobs, and serves it until stopped.",
            """
            Examples:
              mme console
              mme console --read-only
              mme console --storage "UseDevelopmentStorage=true" --port 0 --no-open

            The page is for you alone, on this machine. Its address contains a secret token.
            """)
        {
            port, readOnly, noOpen, storage,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await RunAsync(
                parsed.GetValue(port),
                LocalAccount.Resolve(parsed.GetValue(storage)),
                parsed.GetValue(readOnly),
                !parsed.GetValue(noOpen),
                cancellationToken);
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Serves the page until it is stopped.</summary>
    /// <param name="storage">Connection string; null uses the one in the settings.</param>
    /// <param name="opens">True to open a browser.</param>
    public static async Task RunAsync(
        int port, string? storage, bool isReadOnly, bool opens, CancellationToken cancellationToken)
    {
        var settings = new ConsoleSettings(
            IPAddress.Loopback, port, storage, isReadOnly, UserOption.Here);
        await using var app = ConsoleHost.Build(settings, builder =>
        {
            builder.Services.AddSingleton(new FirstAnswer(FirstAnswer.Interactive));
            builder.Services.AddSingleton<IWorkerWatch, SocketWatch>();
        });
        await StartAsync(app, settings, cancellationToken);
        var address = ConsoleHost.AddressOf(app);
        await Console.Out.WriteLineAsync(
            $"The console is at {address}\n{(isReadOnly ? "It is read-only. " : "")}Ctrl-C stops it.");
        if (!opens)
        {
            await app.WaitForShutdownAsync(cancellationToken);
            return;
        }

        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var opening = OpenAsync(address, stopped.Token);
        await app.WaitForShutdownAsync(cancellationToken);
        await stopped.CancelAsync();
        await opening;
    }

    /// <summary>Opens the page, and returns when the console stops.</summary>
    private static async Task OpenAsync(Uri address, CancellationToken stopped)
    {
        try
        {
            using var file = ForwardingFile.Create(address);
            if (await Browser.OpenAsync(file.FullPath, stopped))
            {
                // A browser that is already running only gets the path, and reads the file later.
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopped);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The message below says what to do.
        }

        await Console.Error.WriteLineAsync("No browser could be opened. Open the address above.");
    }

    private static async Task StartAsync(
        WebApplication app, ConsoleSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception)
            when (ListenFailure.Explain(exception, settings.Address, settings.Port) is { } what)
        {
            throw new CommandException(
                ExitCodes.Machine, $"{what}. Choose another port with --port (0 picks a free one).", exception);
        }
    }
}
