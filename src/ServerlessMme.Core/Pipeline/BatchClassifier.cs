using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Groups;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Pipeline;

/// <summary>
/// The flow, and the only file that knows its order.
/// <code>
/// ClassifyRequest ─► 1 lease ─► 2 fetch ─► 3 decode ─► 4 score ─► 5 label ─► 6 write
///                     Models     Images     Imaging     Backends    Labels     Labels
/// </code>
/// A request covers images of one model, or one archive. The model is leased once. Fetching, scoring and writing
/// overlap, connected by bounded channels. A bad image never fails its batch: its label reports the error. Exceptions
/// (storage, endpoint, cancellation) end the batch, and the queue delivers its message again. A group has no lease of
/// its own: its members are leased in turn between steps 2 and 5. Thread-safe.
/// </summary>
public sealed class BatchClassifier(
    ModelCache cache, IImagePreprocessor preprocessor, WorkingMemory memory, IOptions<PipelineOptions> options,
    TimeProvider time)
{
    private readonly GroupScorer _groups = new(cache, preprocessor, memory, options.Value.Workers);

    /// <summary>Labels every image of a request.</summary>
    /// <param name="observer">Notified of each image's result; null for none.</param>
    public async Task<BatchCounts> RunAsync(
        ClassifyRequest request,
        IImageSource source,
        ILabelSink sink,
        IBatchObserver? observer,
        CancellationToken cancellationToken)
    {
        // :: Step 1: lease the model, once for the batch. Without a model, each image's label reports the refusal.
        using var model = await cache.AcquireAsync(request.Model, request.Version, cancellationToken);
        await using var flow = CreateFlow(request, model, cancellationToken);
        var labels = new LabelFactory(request, model, time);

        // :: Step 2: fetch the images, several at a time. Images that cannot be fetched skip to step 5.
        var fetching = flow.FetchAsync(
            request.Images,
            async (image, stopping) =>
            {
                var current = request.SkipLabeled ? await sink.FindAsync(request.Model, image, stopping) : null;
                var unlessETag = labels.UnlessETag(image, current, observer);
                var fetched = await source.FetchAsync(request.Model, image, unlessETag, stopping);
                if (fetched.IsUnchanged)
                {
                    observer?.Kept(image, current!);
                }

                return fetched;
            },
            labels);

        // :: Steps 3 and 4: each worker decodes a micro-batch into its tensor rows and scores them in place.
        // :: Step 5: the scores, or the refusal, become the label.
        var scoring = flow.ScoreAsync(CreateBatcher(
            request, model, labels, (image, stopping) => sink.OpenAsync(request.Model, image, stopping)));

        // :: Step 6: write the labels as they arrive.
        var writing = flow.WriteAsync(async (label, stopping) =>
        {
            if (await sink.WriteAsync(request.Model, label, stopping) is { } kept)
            {
                observer?.Kept(label.Image.Name, kept);
                return false;
            }

            observer?.Labeled(label, labels.ReplacedBy(label));
            return true;
        });

        return await flow.CompleteAsync(fetching, scoring, writing);
    }

    /// <summary>Answers every entry of a request's archive, in the archive's order.</summary>
    /// <param name="observer">Notified of each entry's label; null for none.</param>
    public async Task<ArchiveResult> RunAsync(
        ClassifyRequest request, ArchiveRuns archives, IBatchObserver? observer, CancellationToken cancellationToken)
    {
        // :: Step 1: lease the model. Without a model, each entry's line reports the refusal.
        using var model = await cache.AcquireAsync(request.Model, request.Version, cancellationToken);
        await using var flow = CreateFlow(request, model, cancellationToken);
        var labels = new LabelFactory(request, model, time);
        await using var run = await archives.OpenAsync(
            request.Model, request.Archive!, labels.Version, cancellationToken);
        if (run is null)
        {
            return new ArchiveResult(ArchiveState.Current, default);
        }

        // :: Step 2: read the entries in the archive's order.
        var fetching = flow.FetchAsync(run.ReadAsync(flow.Stopping), labels);

        // :: Steps 3 to 5: as for single images.
        var scoring = flow.ScoreAsync(CreateBatcher(request, model, labels, open: null));

        // :: Step 6: write the lines in the archive's order, then the summary.
        var writing = flow.WriteAsync(
            async (label, stopping) =>
            {
                await run.WriteAsync(label, stopping);
                observer?.Labeled(label, replaced: null);
                return true;
            },
            transfers: 1);
        var counts = await flow.CompleteAsync(fetching, scoring, writing);
        await run.FinishAsync(labels.Model, cancellationToken);
        return new ArchiveResult(run.IsPaused ? ArchiveState.Paused : ArchiveState.Complete, counts);
    }

    private BatchFlow CreateFlow(
        ClassifyRequest request, AcquiredModel model, CancellationToken cancellationToken) => new(
            options.Value,
            model.Members is { } members
                ? _groups.Answers.LabelsInFlight(
                    request.Model, members.Count, options.Value.Transfers * BatchFlow.LabelsPerTransfer)
                : null,
            time,
            cancellationToken);

    /// <param name="open">Opens an image's stored label; null if there are none.</param>
    private IImageBatcher CreateBatcher(
        ClassifyRequest request,
        AcquiredModel model,
        LabelFactory labels,
        Func<string, CancellationToken, Task<Stream?>>? open) => model.Members is { } members
        ? new GroupBatcher(request, members, _groups, labels, memory, options.Value, open)
        : new MicroBatcher(model.Lease?.Model, preprocessor, labels, memory);
}
