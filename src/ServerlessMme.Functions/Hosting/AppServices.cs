using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Hosting;
using ServerlessMme.Serving;
using ServerlessMme.Storage;

namespace ServerlessMme.Functions.Hosting;

/// <summary>Registers the services of <c>mme worker</c>, and those that connect them to the triggers.</summary>
internal static class AppServices
{
    /// <summary>
    /// Everything is a singleton, which keeps models warm between invocations. The services that invocations use don't
    /// touch storage or a model until the first invocation needs it.
    /// </summary>
    public static IServiceCollection AddApp(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddClassifier(configuration).AddStorage(configuration);
        services.AddMmeOptions<TriggerOptions>(configuration, "Mme:Triggers");
        services.AddSingleton<IValidateOptions<StorageOptions>, SameAccountValidator>();
        services.AddSingleton<IValidateOptions<RescoreOptions>, TimeSliceValidator>();
        services.AddSingleton<IValidateOptions<ArchiveOptions>, TimeSliceValidator>();
        services.AddSingleton<MaxTriesCheck>();
        services.AddSingleton<TriggerRunner>();
        services.AddSingleton<ReconcileRunner>();
        services.AddInvocations(configuration);
        services.AddSingleton(provider => new Lazy<IModelCatalog>(provider.GetRequiredService<IModelCatalog>));
        services.AddSingleton<TriggerMetadata>();
        services.AddSingleton<StorageCreation>();
        services.AddSingleton<WarmStart>();
        services.AddHostedService<UpkeepService>();
        SettingsCheck.Defer(services);
        return services;
    }
}
