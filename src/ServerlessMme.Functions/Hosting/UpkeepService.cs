using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Hosting;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Gets ready for the first message while the worker connects to its host: creates the services that a message needs,
/// loads the models that are likely to be asked for, and creates missing containers and queues. Then keeps queue
/// metrics, job records and the list of models used last up to date.
/// </summary>
/// <param name="services">
/// Asked only once the service runs. Whatever a hosted service's constructor needs would delay the connection.
/// </param>
internal sealed class UpkeepService(IServiceProvider services, ILogger<UpkeepService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var memory = services.GetRequiredService<MemoryPlan>();
        HeapLimit.Set(memory);
        services.GetRequiredService<TriggerRunner>();
        var recent = services.GetRequiredService<RecentModels>();
        await services.GetRequiredService<ModelCache>().PreloadAsync(stoppingToken);
        await recent.LoadAsync(stoppingToken);
        logger.LogInformation("Memory: {Plan}", memory);
        UnknownSettings.Warn(services);
        await services.GetRequiredService<StorageCreation>().RunAsync(stoppingToken);
        await Task.WhenAll(
            services.GetRequiredService<QueueWatch>().RunAsync(stoppingToken),
            services.GetRequiredService<JobProgress>().RunAsync(stoppingToken),
            recent.RememberAsync(stoppingToken));
    }
}
