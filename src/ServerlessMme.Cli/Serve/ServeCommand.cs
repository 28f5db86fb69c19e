using System.CommandLine;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.WebConsole;
using ServerlessMme.Core.Memory;
using ServerlessMme.Hosting;
using ServerlessMme.Serving;
using ServerlessMme.Serving.Console;
using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Serving.Console.Workers;
using ServerlessMme.Serving.Settings;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Serve;

/// <summary><c>mme serve</c>.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 8080;
    private const string PortVariable = "SAGEMAKER_BIND_TO_PORT";
    private const string MultiModelVariable = "SAGEMAKER_MULTI_MODEL";

    public static Command Create()
    {
        var port = new Option<int?>("--port")
        {
            Description = $"Port; 0 picks a free one. Default: {PortVariable}, or {DefaultPort}.",
        };
        port.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var n) || n is < 0 or > 65535))
            {
                result.AddError($"--port is '{token.Value}', but must be a whole number from 0 to 65535.");
            }
        });
        var host = new Option<string?>("--host")
        {
            Description = "Address to listen on. Default: 127.0.0.1, or 0.0.0.0 in a SageMaker container.",
        };
        var models = new Option<string?>("--models-dir")
        {
            Description = "Folder that contains model folders or artifacts. Default: the models in storage.",
            HelpName = "FOLDER",
        };
        var alias = new Option<string[]>("--alias")
        {
            Description = "Additional name for a model, as clients send it; may be repeated.",
            HelpName = "NAME=MODEL",
        };
        var console = new Option<bool>("--console")
        {
            Description = "Also serve the console at /console, for a container behind your own login.",
        };
        var consoleHost = new Option<string[]>("--console-host")
        {
            Description = "Host name in requests that a proxy forwards to the console; may be repeated.",
            HelpName = "NAME",
        };
        var consoleReadOnly = new Option<bool>("--console-read-only")
        {
            Description = "Make the console read-only: it refuses every action.",
        };
        var storage = StorageOption.Create();
        var command = new ExampleCommand(
            "serve",
            "Serves the API of a SageMaker multi-model endpoint, and of its container, until stopped.",
            """
            Examples:
              mme serve --models-dir models --alias cifar=cifar10
              mme serve --storage "UseDevelopmentStorage=true" --port 0
              aws sagemaker-runtime invoke-endpoint --endpoint-url http://127.0.0.1:8080 --endpoint-name mme \
                --target-model cifar.tar.gz --content-type image/jpeg --body fileb://plane.jpg answer.json

            The target model is a model, an alias or a group, with or without .tar.gz. All members of a group answer.
            """)
        {
            port, host, models, alias, console, consoleHost, consoleReadOnly, storage,
        };
        command.Validators.Add(result =>
        {
            // Otherwise, a missing console, or a console that isn't read-only, would be noticed late.
            foreach (var option in new Option[] { consoleHost, consoleReadOnly }
                .Where(option => result.GetResult(option) is not null && !result.GetValue(console)))
            {
                result.AddError($"{option.Name} needs --console.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (ReadSettings(
                    parsed.GetValue(port), parsed.GetValue(host), parsed.GetValue(models), parsed.GetValue(alias) ?? [],
                    parsed.GetValue(storage), out var problem) is not { } settings)
            {
                await Console.Error.WriteLineAsync(problem);
                return ExitCodes.Usage;
            }

            if (!parsed.GetValue(console))
            {
                return await RunAsync(settings, cancellationToken);
            }

            if (settings.ModelsFolder is not null)
            {
                await Console.Error.WriteLineAsync(
                    "--console shows the models in storage. Omit either --console or --models-dir.");
                return ExitCodes.Usage;
            }

            var page = new ConsoleSettings(
                settings.Address, settings.Port, settings.Storage, parsed.GetValue(consoleReadOnly), UserOption.Here)
            {
                Hosts = parsed.GetValue(consoleHost) ?? [],
            };
            return await RunAsync(settings with { Console = page }, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(ServeSettings settings, CancellationToken cancellationToken)
    {
        await using var app = ServeHost.Build(
            settings, builder => builder.Services.AddSingleton<IWorkerWatch, SocketWatch>());
        await StartAsync(app, settings, cancellationToken);
        var plan = app.Services.GetRequiredService<MemoryPlan>();
        HeapLimit.Set(plan);
        app.Logger.LogInformation("Memory: {Plan}", plan);
        await Console.Out.WriteLineAsync($"Listening at {app.Urls.First()}");
        if (settings.Console is not null)
        {
            await AnnounceConsoleAsync(app, settings);
        }

        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCodes.Done;
    }

    private static async Task AnnounceConsoleAsync(WebApplication app, ServeSettings settings)
    {
        var readOnly = settings.Console!.IsReadOnly ? " (read-only)" : "";
        if (ConsoleHost.HasGeneratedToken(app))
        {
            await Console.Out.WriteLineAsync($"The console is at {ConsoleHost.AddressOf(app)}{readOnly}");
            app.Logger.LogWarning(
                "This log contains the console's token, and the next start generates another one, which ends all "
                + "sign-ins. To choose your own, set Mme__Console__Token, for example to the output of 'openssl rand "
                + "-hex 32'");
        }
        else
        {
            // The log must not hold a secret that outlives this process.
            await Console.Out.WriteLineAsync(
                $"The console is at {app.Urls.First()}/console#token=…, where … is the value of Mme:Console:Token"
                + readOnly);
        }
    }

    private static async Task StartAsync(
        WebApplication app, ServeSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (OptionsValidationException exception) when (exception.OptionsType == typeof(StorageOptions))
        {
            throw new CommandException(
                ExitCodes.Settings,
                $"{ErrorText.Explain(exception)!.Text} To serve local models instead, use --models-dir.",
                exception);
        }
        catch (Exception exception)
            when (ListenFailure.Explain(exception, settings.Address, settings.Port) is { } what)
        {
            throw new CommandException(
                ExitCodes.Machine,
                $"{what}. Choose another port with --port (0 picks a free one), or another address with --host.",
                exception);
        }
    }

    private static ServeSettings? ReadSettings(
        int? port, string? host, string? models, string[] aliases, string? storage, out string? problem)
    {
        problem = null;
        var isContainer = Environment.GetEnvironmentVariable(MultiModelVariable) == "true";
        var address = host is null ? isContainer ? IPAddress.Any : IPAddress.Loopback : null;
        var folder = models ?? (isContainer && storage is null ? ServeSettings.SageMakerFolder : null);
        var pairs = aliases.Select(alias => alias.Split('=', 2)).ToList();
        if (address is null && !IPAddress.TryParse(host == "localhost" ? "127.0.0.1" : host, out address))
        {
            problem = $"--host is '{host}', but must be an IP address.";
        }
        else if (!isContainer && folder is not null && !Directory.Exists(folder))
        {
            problem = $"There is no folder '{folder}'.";
        }
        else if (pairs.Find(pair => pair is not [{ Length: > 0 }, { Length: > 0 }]) is { } wrong)
        {
            problem = $"--alias is '{string.Join('=', wrong)}', but must have the form NAME=MODEL.";
        }
        else if (Port(port) is not { } number)
        {
            problem = $"{PortVariable} is '{Environment.GetEnvironmentVariable(PortVariable)}', but must be a port "
                + "number.";
        }
        else
        {
            return new ServeSettings(
                address,
                number,
                folder is null ? null : Path.GetFullPath(folder),
                folder is null ? LocalAccount.Resolve(storage) : storage,
                pairs.DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]));
        }

        return null;
    }

    private static int? Port(int? option)
    {
        if (option is not null)
        {
            return option;
        }

        if (Environment.GetEnvironmentVariable(PortVariable) is not { Length: > 0 } text)
        {
            return DefaultPort;
        }

        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
    }
}
