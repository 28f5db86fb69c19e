using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Tracing;
using ServerlessMme.Hosting;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Creates the app's containers and queues in the background, so startup doesn't wait for them. Then keeps queue
/// metrics, job records and the list of models used last up to date.
/// </summary>
/// <param name="services">
/// Used only once the service runs. Anything that a hosted service's constructor needs would delay the connection.
/// </param>
internal sealed class UpkeepService(IServiceProvider services, WarmStart start, ILogger<UpkeepService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Spans.EnterBackground();
        await start.Done.WaitAsync(stoppingToken);
        UnknownSettings.Warn(services);
        logger.LogInformation("Memory: {Plan}", services.GetRequiredService<MemoryPlan>());
        await services.GetRequiredService<StorageCreation>().RunAsync(stoppingToken);
        await Task.WhenAll(
            services.GetRequiredService<QueueWatch>().RunAsync(stoppingToken),
            services.GetRequiredService<JobProgress>().RunAsync(stoppingToken),
            services.GetRequiredService<RecentModels>().RememberAsync(stoppingToken));
    }
}
