using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ServerlessMme.Hosting;

/// <summary>
/// The generic host that commands run on. It reads settings from the environment and from
/// appsettings.json in the current folder, and logs to standard error.
/// </summary>
public static class MmeHost
{
    /// <param name="storage">Connection string from the command line; null uses the one in the settings.</param>
    /// <param name="quiet">Whether to log warnings and errors only.</param>
    public static HostApplicationBuilder CreateBuilder(string? storage, bool quiet)
    {
        // The default builder watches the current folder for changes of appsettings.json, with all folders below it.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
        {
            ContentRootPath = Environment.CurrentDirectory,
        });
        builder.Configuration.AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
            .AddEnvironmentVariables();
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        Configure(builder, storage, quiet);
        return builder;
    }

    /// <summary>Applies the settings and logging that all hosts of <c>mme</c> share.</summary>
    public static void Configure(IHostApplicationBuilder builder, string? storage, bool quiet)
    {
        if (storage is not null)
        {
            builder.Configuration.AddInMemoryCollection(
                new Dictionary<string, string?> { ["Mme:Storage:ConnectionString"] = storage });
        }

        builder.Configuration.AddWebJobsStorage();

        builder.Logging.ClearProviders().SetMinimumLevel(quiet ? LogLevel.Warning : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Azure", LogLevel.Warning)
            // The host's failures end the process, and whoever started it explains them.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None)
            .AddConsole(console => console.FormatterName = PlainConsoleFormatter.FormatterName)
            .AddConsoleFormatter<PlainConsoleFormatter, ConsoleFormatterOptions>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        // Standard output is reserved for a command's results.
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
