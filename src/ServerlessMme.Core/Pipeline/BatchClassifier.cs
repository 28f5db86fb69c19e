using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Pipeline;

/// <summary>
/// The flow, and the only file that knows its order. Start reading here.
/// <code>
/// ClassifyRequest ─► 1 lease ─► 2 fetch ─► 3 decode ─► 4 score ─► 5 label ─► 6 write
///                     Models     Images     Imaging     Backends    Labels     Labels
/// </code>
/// One request is one model's images. The model is leased once; fetching, decoding with scoring, and writing overlap,
/// with a bound on what is between them. One bad image never fails its batch: it gets a label with its error.
/// What is thrown (storage, endpoint, cancellation) ends the batch, and the queue brings it again. Thread-safe.
/// </summary>
public sealed class BatchClassifier(
    ModelCache cache, IImagePreprocessor preprocessor, IOptions<PipelineOptions> options, TimeProvider time)
{
    /// <summary>Answers every image of a request.</summary>
    public async Task<BatchCounts> RunAsync(
        ClassifyRequest request, IImageSource source, ILabelSink sink, CancellationToken cancellationToken)
    {
        // :: Step 1: lease the model, once for the batch. Without one, its images get the refusal as their label.
        using var model = await cache.AcquireAsync(request.Model, request.Version, cancellationToken);
        await using var flow = new BatchFlow(options.Value, cancellationToken);
        var labeller = new Labeller(request, model, time);

        // :: Step 2: fetch the images, some at a time. What cannot be fetched goes straight to step 5.
        var fetching = flow.FetchAsync(
            request.Prefix is { } prefix
                ? source.ListAsync(request.Model, prefix, flow.Stopping)
                : request.Images.ToAsyncEnumerable(),
            async (image, stopping) =>
            {
                var stamp = request.SkipLabelled ? await sink.FindAsync(request.Model, image, stopping) : null;
                var unlessETag = stamp?.ModelVersion == labeller.Version ? stamp.ImageETag : null;
                return await source.FetchAsync(request.Model, image, unlessETag, stopping);
            },
            labeller);

        // :: Steps 3 and 4: each worker decodes a micro-batch into its tensor rows and has them scored in place.
        // :: Step 5: scores, or the refusal, become the label.
        var scoring = flow.ScoreAsync(
            () => new MicroBatcher(model.Lease?.Model, preprocessor, labeller, request.Images.Count));

        // :: Step 6: write the labels as they come.
        var writing = flow.WriteAsync((label, stopping) => sink.WriteAsync(request.Model, label, stopping));

        return await flow.CompleteAsync(fetching, scoring, writing);
    }
}
