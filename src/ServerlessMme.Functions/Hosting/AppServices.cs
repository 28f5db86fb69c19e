using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Hosting;
using ServerlessMme.Serving;
using ServerlessMme.Storage;

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
        services.AddSingleton<IValidateOptions<StorageOptions>, SameAccountValidator>();
        services.AddSingleton<TriggerRunner>();
        services.AddSingleton<ReconcileRunner>();
        services.AddInvocations(configuration);
        services.AddSingleton<TriggerMetadata>();
        services.AddSingleton<StorageCreation>();
        services.AddHostedService<UpkeepService>();
        services.AddHostedService<PreloadService>();
        return services;
    }
}
