using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Azure.Storage;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Serve;
using ServerlessMme.Functions.Http;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Hosting;

/// <summary>What <c>mme worker</c> is made of, and what stands between it and the triggers.</summary>
internal static class AppServices
{
    /// <summary>
    /// One of each for the process, so that models stay warm from one invocation to the next. Nothing here touches
    /// storage or a model before the first invocation needs it.
    /// </summary>
    public static IServiceCollection AddApp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddClassifier(configuration).AddStorage(configuration);
        services.AddMmeOptions<TriggerOptions>(configuration, "Mme:Triggers");
        services.AddSingleton<IValidateOptions<StorageOptions>, OneAccount>();
        services.AddSingleton<MessageRunner>();
        services.AddSingleton<Sweeps>();
        services.AddInvocations(configuration);
        services.AddSingleton(provider => new InvokeEndpoint(
            provider.GetRequiredService<RequestGate>(), provider.GetRequiredService<InvocationRoute>()));
        services.AddSingleton<TriggerMetadata>();
        services.AddHostedService<StorageSetup>();
        return services;
    }
}
