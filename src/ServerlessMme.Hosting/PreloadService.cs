using Microsoft.Extensions.Hosting;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Hosting;

/// <summary>
/// Loads the models in <c>Mme:Models:Preload</c> when the host starts, then those that were used last. Remembers the
/// latter while it runs.
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
