using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Pipeline;

/// <summary>
/// Decodes a micro-batch into tensor rows and scores them together, as soon as there is memory for both. Thread-safe.
/// </summary>
internal sealed class MicroBatcher : IImageBatcher
{
    /// <summary>Number of micro-batches that fit into memory at once, so one large model doesn't take it all.</summary>
    private const int SideBySide = 2;

    /// <summary>Number of encoded bytes at which a micro-batch is full.</summary>
    private const long EnoughBytes = 1 << 20;

    private readonly LoadedModel? _model;
    private readonly IImagePreprocessor _preprocessor;
    private readonly LabelFactory _labelFactory;
    private readonly WorkingMemory _memory;

    /// <param name="model">The leased model; null to refuse every image because no model could be leased.</param>
    public MicroBatcher(
        LoadedModel? model, IImagePreprocessor preprocessor, LabelFactory labelFactory, WorkingMemory memory)
    {
        _model = model;
        _preprocessor = preprocessor;
        _labelFactory = labelFactory;
        _memory = memory;
        Capacity = model?.FitBatch(
            model.Backend.MaxBatch,
            memory.Tensors.LargestBytes / SideBySide,
            memory.Runs.LargestBytes / SideBySide) ?? 1;
    }

    /// <summary>Maximum number of images per micro-batch.</summary>
    public int Capacity { get; }

    public int? MaxParallel => null;

    public TimeSpan Patience => TimeSpan.Zero;

    /// <summary>
    /// Returns true if a micro-batch can't take another image, because it is full, or because it takes so long to
    /// decode that more images would delay the first ones.
    /// </summary>
    public bool IsFull(List<EncodedImage> images) =>
        images.Count >= Capacity || images.Sum(image => image.Reference.Bytes) >= EnoughBytes;

    /// <summary>
    /// Labels at most <see cref="Capacity"/> images, and disposes them. Returns the labels in any order.
    /// </summary>
    public async Task<IReadOnlyList<Label>> ClassifyAsync(
        IReadOnlyList<EncodedImage> images, CancellationToken cancellationToken)
    {
        try
        {
            return _model is null
                ? [.. images.Select(image => _labelFactory.Refuse(image.Reference, _labelFactory.ModelRefusal!))]
                : await ClassifyAsync(_model, images, cancellationToken);
        }
        finally
        {
            foreach (var image in images)
            {
                image.Dispose();
            }
        }
    }

    private async Task<IReadOnlyList<Label>> ClassifyAsync(
        LoadedModel model, IReadOnlyList<EncodedImage> images, CancellationToken cancellationToken)
    {
        var (backend, input) = (model.Backend, model.Manifest.Input);
        using var held = await _memory.Tensors.AcquireAsync(
            Math.Min(model.TensorBytes(images.Count), _memory.Tensors.LargestBytes), cancellationToken);
        using var tensors = backend.TakesTensors ? new TensorBatch(input, images.Count) : null;
        var labels = new List<Label>(images.Count);
        var ready = new List<EncodedImage>(images.Count);
        using (Spans.Start("decode", images.Count))
        {
            foreach (var image in images)
            {
                var refusal = tensors is null
                    ? null
                    : await _preprocessor.FillAsync(image, input, tensors, ready.Count, cancellationToken);
                if (refusal is not null)
                {
                    labels.Add(_labelFactory.Refuse(image.Reference, refusal));
                }
                else
                {
                    ready.Add(image);
                }
            }
        }

        if (ready.Count == 0)
        {
            return labels;
        }

        // A backend that takes encoded images copies them. Acquired after decoding, which may take a long time.
        var needed = backend.RunBytes(ready.Count)
            + (backend.TakesTensors ? 0 : ready.Sum(image => ImageOptions.MemoryOf(image.Reference.Bytes)));
        using var running = await _memory.Runs.AcquireAsync(
            Math.Min(needed, _memory.Runs.LargestBytes), cancellationToken);
        using var span = Spans.Start("score", ready.Count);
        var outcomes = await backend.ScoreAsync(new ImageBatch(ready, tensors), cancellationToken);
        for (var i = 0; i < ready.Count; i++)
        {
            labels.Add(outcomes[i].TryGet(out var scores, out var refusal)
                ? _labelFactory.Answer(ready[i].Reference, scores)
                : _labelFactory.Refuse(ready[i].Reference, refusal));
        }

        return labels;
    }
}
