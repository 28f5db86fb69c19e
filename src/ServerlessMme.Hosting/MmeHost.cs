using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ServerlessMme.Hosting;

/// <summary>
/// The base of every command: the generic host, or its services alone. Settings come from the environment and from
/// appsettings.json in the current folder; the log goes to standard error.
/// </summary>
public static class MmeHost
{
    private const string SettingsFile = "appsettings.json";

    /// <param name="storage">Connection string from the command line; null uses the one in the settings.</param>
    /// <param name="quiet">Whether to log warnings and errors only.</param>
    public static HostApplicationBuilder CreateBuilder(string? storage, bool quiet)
    {
        // The default builder watches the current folder, and all folders below it, for changes to appsettings.json.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings
        {
            ContentRootPath = Environment.CurrentDirectory,
        });
        builder.Configuration.AddJsonFile(SettingsFile, optional: true, reloadOnChange: false)
            .AddEnvironmentVariables();
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        Configure(builder, storage, quiet);
        return builder;
    }

    /// <summary>
    /// The services that a host has, for commands that start none: building a host takes a tenth of a short command's
    /// time.
    /// </summary>
    public static IServiceCollection CreateServices(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration).AddOptions().AddMetrics().AddLogging(logging =>
        {
            AddLogging(logging.AddConfiguration(configuration.GetSection("Logging")), quiet: true);
            LazyConsole.Use(logging);
        });
        services.AddSingleton(TimeProvider.System);
        return services;
    }

    /// <summary>The settings that <see cref="CreateBuilder"/> reads.</summary>
    /// <param name="storage">Connection string from the command line; null uses the one in the settings.</param>
    public static IConfiguration ReadSettings(string? storage)
    {
        var configuration = new ConfigurationManager();
        configuration.SetBasePath(Environment.CurrentDirectory);
        if (File.Exists(SettingsFile))
        {
            configuration.AddJsonFile(SettingsFile, optional: true, reloadOnChange: false);
        }

        configuration.AddEnvironmentVariables();
        AddStorage(configuration, storage);
        return configuration;
    }

    /// <summary>Applies the settings and logging that all hosts of <c>mme</c> share.</summary>
    public static void Configure(IHostApplicationBuilder builder, string? storage, bool quiet)
    {
        AddStorage(builder.Configuration, storage);
        AddLogging(builder.Logging.ClearProviders(), quiet);
        builder.Services.TryAddSingleton(TimeProvider.System);
    }

    private static void AddStorage(IConfigurationManager configuration, string? storage)
    {
        if (storage is not null)
        {
            configuration.AddInMemoryCollection(
                new Dictionary<string, string?> { ["Mme:Storage:ConnectionString"] = storage });
        }

        configuration.AddWebJobsStorage();
    }

    private static void AddLogging(ILoggingBuilder logging, bool quiet)
    {
        logging.SetMinimumLevel(quiet ? LogLevel.Warning : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Azure", LogLevel.Warning)
            // The host's failures end the process, and the caller explains them.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None)
            .AddConsole(console => console.FormatterName = PlainConsoleFormatter.FormatterName)
            .AddConsoleFormatter<PlainConsoleFormatter, ConsoleFormatterOptions>();
        // Standard output is reserved for a command's results.
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
