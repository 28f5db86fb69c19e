using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Reconcile;

/// <summary>
/// Requests labels for images that have no current one. This is the trigger where there is no Event Grid, the safety
/// net for lost events, and how images are scored again after their model was replaced. One sweep at a time.
/// </summary>
public sealed class Reconciler(
    IDropListing drops,
    IModelCatalog catalog,
    BatchSender sender,
    IOptions<ReconcileOptions> options,
    TimeProvider time,
    ILogger<Reconciler> logger)
{
    // Names collected before they are sent. The sender splits them further.
    private const int GroupSize = 1000;

    private readonly StaleImages _stale = new(drops);
    private readonly RecentRequests _recent = new(options.Value.AskAgainAfter, options.Value.MaxAsked, time);
    private readonly HashSet<string> _reported = [];

    /// <summary>Sweeps over all models until canceled. Waits for the configured interval after each sweep.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Interval == TimeSpan.Zero)
        {
            return;
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await SweepAsync(cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogError(exception, "A sweep failed; the next one is in {Interval}", options.Value.Interval);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(options.Value.Interval, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Compares every model's images with its labels. Returns the number of images requested.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        _recent.ForgetOld();
        var versions = new Dictionary<ModelName, string>();
        await foreach (var model in catalog.ListAsync(cancellationToken))
        {
            versions[model.Name] = model.Version;
        }

        var count = 0;
        await foreach (var model in drops.ListModelsAsync(cancellationToken))
        {
            count += await SweepAsync(model, versions.GetValueOrDefault(model), cancellationToken);
        }

        return count;
    }

    private async Task<int> SweepAsync(ModelName model, string? version, CancellationToken cancellationToken)
    {
        var count = 0;
        var group = new List<string>();
        await foreach (var image in _stale.FindAsync(model, version, cancellationToken))
        {
            if (_recent.IsFull)
            {
                break;
            }

            if (!IsAddressable(model, image.Name)
                || !_recent.TryAdd(
                    new RecentRequest(model.Value, image.Name, image.ETag, version ?? LabelStamp.NoModel)))
            {
                continue;
            }

            group.Add(image.Name);
            count++;
            if (group.Count == GroupSize)
            {
                await FlushAsync();
            }
        }

        await FlushAsync();
        return count;

        async Task FlushAsync()
        {
            await sender.SendAsync(model, group, version, null, cancellationToken);
            group.Clear();
        }
    }

    private bool IsAddressable(ModelName model, string image)
    {
        if (ImageName.Check(image) is not { } refusal)
        {
            return true;
        }

        // Logged once per image, not in every sweep.
        if (_reported.Count < options.Value.MaxAsked && _reported.Add($"{model}/{image}"))
        {
            logger.LogWarning("{Container}: {Code}: {Reason}", model.ImagesContainer, refusal.Code, refusal.Message);
        }

        return false;
    }
}
