using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Hosting;

namespace ServerlessMme.Cli.Composition;

/// <summary>The services and settings of a command that starts no host.</summary>
internal sealed class CommandHost : IDisposable
{
    private readonly ServiceProvider _services;

    private CommandHost(ServiceProvider services)
    {
        _services = services;
    }

    public IServiceProvider Services => _services;

    /// <summary>Builds the services, and checks their settings as a host does at startup.</summary>
    /// <param name="storage">Connection string from the command line; null uses the one in the settings.</param>
    /// <exception cref="OptionsValidationException">A setting is missing or invalid.</exception>
    public static CommandHost Build(string? storage, Action<IServiceCollection, IConfiguration> configure)
    {
        var host = BuildUnchecked(storage, configure);
        try
        {
            host.Check();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Builds the services, and leaves the check to the caller.</summary>
    public static CommandHost BuildUnchecked(string? storage, Action<IServiceCollection, IConfiguration> configure)
    {
        var settings = MmeHost.ReadSettings(storage);
        var services = MmeHost.CreateServices(settings);
        configure(services, settings);
        return new CommandHost(services.BuildServiceProvider());
    }

    /// <summary>Checks the settings, and warns of unknown ones.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing or invalid.</exception>
    public void Check()
    {
        UnknownSettings.Warn(_services);
        _services.GetService<IStartupValidator>()?.Validate();
    }

    public void Dispose() => _services.Dispose();
}
