using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Core.Reconcile;

/// <summary>
/// Requests labels for images without a current label. It is the trigger if Event Grid isn't used, and the safety net
/// for lost events. It also requests images again after their model is replaced. It runs one sweep at a time.
/// </summary>
public sealed class Reconciler(
    IDropListing drops,
    IModelCatalog catalog,
    BatchSender sender,
    IOptions<ReconcileOptions> options,
    ReconcileMetrics metrics,
    TimeProvider time,
    ILogger<Reconciler> logger)
{
    // Number of names to collect before sending them. The sender splits them further.
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
                logger.LogError(
                    exception, "A sweep failed; the next sweep starts in {Interval}", options.Value.Interval);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(options.Value.Interval, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Compares every model's images with its labels. If a model's containers cannot be listed, the sweep logs and
    /// counts the failure, and continues with the other models.
    /// </summary>
    public async Task<SweepCounts> SweepAsync(CancellationToken cancellationToken)
    {
        _recent.ForgetOld();
        var versions = new Dictionary<ModelName, string>();
        await foreach (var model in catalog.ListAsync(cancellationToken))
        {
            if (!model.LacksTarget)
            {
                versions[model.Name] = model.Version;
            }
        }

        var counts = new SweepCounts(0, 0);
        await foreach (var model in drops.ListModelsAsync(cancellationToken))
        {
            counts += await SweepAsync(model, versions.GetValueOrDefault(model), cancellationToken);
        }

        return counts;
    }

    private async Task<SweepCounts> SweepAsync(ModelName model, string? version, CancellationToken cancellationToken)
    {
        var count = 0;
        var failures = 0;
        var group = new List<string>();
        await using var images = _stale.FindAsync(model, version, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync())
        {
            var image = images.Current;
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
        return new SweepCounts(count, failures);

        // Only the listing belongs to one model. The queue is shared, so a failure to send ends the sweep.
        async Task<bool> MoveNextAsync()
        {
            try
            {
                return await images.MoveNextAsync();
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                failures++;
                metrics.RecordFailure();
                logger.LogError(
                    exception,
                    "The containers of model {Model} could not be listed; the sweep skipped the remaining images",
                    model);
                return false;
            }
        }

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
            logger.LogWarning(
                "An image in {Container} cannot be requested ({Code}): {Reason}",
                model.ImagesContainer,
                refusal.Code,
                refusal.Message);
        }

        return false;
    }
}

/// <summary>The result of a sweep.</summary>
/// <param name="Asked">Images for which it requested a label.</param>
/// <param name="Failed">Models whose containers it could not list.</param>
public readonly record struct SweepCounts(int Asked, int Failed)
{
    public static SweepCounts operator +(SweepCounts left, SweepCounts right) =>
        new(left.Asked + right.Asked, left.Failed + right.Failed);
}
