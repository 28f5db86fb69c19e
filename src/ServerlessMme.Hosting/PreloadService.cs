using Microsoft.Extensions.Hosting;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Hosting;

/// <summary>Loads the models in <c>Mme:Models:Preload</c> when the host starts.</summary>
public sealed class PreloadService(ModelCache models) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => models.PreloadAsync(stoppingToken);
}
