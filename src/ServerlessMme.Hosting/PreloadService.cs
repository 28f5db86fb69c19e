using Microsoft.Extensions.Hosting;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Hosting;

/// <summary>
/// When the host starts, loads the models in <c>Mme:Models:Preload</c>, and then the models that were used last. While
/// the host runs, records which models are used.
/// </summary>
public sealed class PreloadService(ModelCache models, RecentModels recent) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Spans.EnterBackground();
        await models.PreloadAsync(stoppingToken);
        await recent.LoadAsync(stoppingToken);
        await recent.RememberAsync(stoppingToken);
    }
}
