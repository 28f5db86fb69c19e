using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tracing;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Prepares for the first message while the worker connects to its host: checks the settings, creates the services
/// that a message needs, and loads the models that are likely to be requested.
/// </summary>
internal sealed class WarmStart(IServiceProvider services, SettingsCheck check)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when every model is loaded, or has failed to load.</summary>
    public Task Done => _done.Task;

    /// <summary>Runs on another thread. Problems with models or storage are logged, not thrown.</summary>
    /// <exception cref="OptionsValidationException">The settings are invalid.</exception>
    public Task RunAsync(CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            try
            {
                Spans.EnterBackground();
                HeapLimit.Set(services.GetRequiredService<MemoryPlan>());
                var cache = services.GetRequiredService<ModelCache>();
                var recent = services.GetRequiredService<RecentModels>();
                var loading = Task.WhenAll(
                    cache.PreloadAsync(cancellationToken), recent.LoadAsync(cancellationToken));
                services.GetRequiredService<TriggerRunner>();
                check.Run();
                services.GetRequiredService<MaxTriesCheck>().Run(AppContext.BaseDirectory);
                await loading;
            }
            finally
            {
                _done.TrySetResult();
            }
        },
        cancellationToken);
}
