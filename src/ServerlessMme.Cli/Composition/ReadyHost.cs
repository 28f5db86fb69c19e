using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ServerlessMme.Hosting;

namespace ServerlessMme.Cli.Composition;

/// <summary>Builds the hosts of commands that use services without starting the host.</summary>
internal static class ReadyHost
{
    /// <summary>Builds the host, and checks its settings as a host that is started does.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing or invalid.</exception>
    public static IHost Build(HostApplicationBuilder builder)
    {
        var host = builder.Build();
        Check(host);
        return host;
    }

    /// <summary>Checks the settings, and warns of unknown ones.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing or invalid.</exception>
    public static void Check(IHost host)
    {
        UnknownSettings.Warn(host.Services);
        host.Services.GetService<IStartupValidator>()?.Validate();
    }
}
