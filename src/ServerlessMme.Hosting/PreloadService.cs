using Microsoft.Extensions.Hosting;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Hosting;

/// <summary>Loads the models of <c>Mme:Models:Preload</c> while the host starts.</summary>
public sealed class PreloadService(ModelCache models) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => models.PreloadAsync(stoppingToken);
}
