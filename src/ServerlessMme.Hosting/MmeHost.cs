using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ServerlessMme.Hosting;

/// <summary>The generic host that commands run on: settings from the environment, logs on standard error.</summary>
public static class MmeHost
{
    /// <param name="storage">Connection string from the command line; null takes the settings'.</param>
    /// <param name="quiet">True logs warnings and errors only.</param>
    public static HostApplicationBuilder CreateBuilder(string? storage, bool quiet)
    {
        // The environment's own variables and appsettings.json in the current folder, as hosts read them.
        var builder = Host.CreateApplicationBuilder();
        Configure(builder, storage, quiet);
        return builder;
    }

    /// <summary>What every host of <c>mme</c> has in common.</summary>
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
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        // Standard output belongs to what a command answers.
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
