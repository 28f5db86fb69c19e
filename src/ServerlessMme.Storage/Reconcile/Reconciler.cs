using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Storage.Reconcile;

/// <summary>
/// Asks for what has no current label: the trigger where there is no Event Grid, the safety net for lost events, and
/// re-scoring after a model was replaced. One sweep at a time.
/// </summary>
public sealed class Reconciler(
    StorageAccount account,
    IModelCatalog catalog,
    BatchSender sender,
    IOptions<ReconcileOptions> options,
    TimeProvider time,
    ILogger<Reconciler> logger)
{
    private const string ImagesPrefix = "images-";

    // Names listed before they are sent, which splits them further.
    private const int GroupSize = 1000;

    private readonly StaleImages _stale = new(account);
    private readonly RecentRequests _asked = new(options.Value.AskAgainAfter, options.Value.MaxAsked, time);
    private readonly HashSet<string> _reported = [];

    /// <summary>Sweeps over all models until cancelled, with the interval of the options between sweeps.</summary>
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

    /// <summary>Compares every model's images with its labels. Returns how many images were asked for.</summary>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        _asked.ForgetOld();
        var versions = new Dictionary<ModelName, string>();
        await foreach (var model in catalog.ListAsync(cancellationToken))
        {
            versions[model.Name] = model.Version;
        }

        var count = 0;
        await foreach (var container in account.Blobs.GetBlobContainersAsync(
            BlobContainerTraits.None, BlobContainerStates.None, ImagesPrefix, cancellationToken))
        {
            if (ModelName.FromImagesContainer(container.Name).TryGet(out var model, out _))
            {
                count += await SweepAsync(model, versions.GetValueOrDefault(model), cancellationToken);
            }
        }

        return count;
    }

    private async Task<int> SweepAsync(ModelName model, string? version, CancellationToken cancellationToken)
    {
        var count = 0;
        var group = new List<string>();
        await foreach (var image in _stale.FindAsync(model, version, cancellationToken))
        {
            if (_asked.IsFull)
            {
                break;
            }

            if (!IsAddressable(model, image.Name)
                || !_asked.TryAdd(new RecentRequest(model.Value, image.Name, image.ETag, version ?? LabelStamp.NoModel)))
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
        // Said once for each, not with every sweep.
        if (_reported.Count < options.Value.MaxAsked && _reported.Add($"{model}/{image}"))
        {
            logger.LogWarning("{Container}: {Code}: {Reason}", model.ImagesContainer, refusal.Code, refusal.Message);
        }

        return false;
    }
}
