using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Checks all settings when <see cref="WarmStart"/> calls it. The generic host would check them before it starts
/// anything, which would delay the worker's connection.
/// </summary>
internal sealed class SettingsCheck(IStartupValidator validator)
{
    /// <summary>Removes the check from the host's startup.</summary>
    public static void Defer(IServiceCollection services)
    {
        var original = services.Single(service => service.ServiceType == typeof(IStartupValidator));
        services.Remove(original);
        services.AddSingleton(provider => new SettingsCheck(
            (IStartupValidator)ActivatorUtilities.CreateInstance(provider, original.ImplementationType!)));
    }

    /// <exception cref="OptionsValidationException">The settings are invalid.</exception>
    public void Run() => validator.Validate();
}
