using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Pipeline;

/// <summary>
/// Decodes a worker's micro-batch into tensor rows and scores them together. Not thread-safe; one per worker.
/// </summary>
internal sealed class MicroBatcher : IDisposable
{
    private readonly LoadedModel? _model;
    private readonly IImagePreprocessor _preprocessor;
    private readonly LabelFactory _labelFactory;
    private readonly TensorBatch? _tensors;

    /// <param name="model">Null when none could be leased: every image is then refused.</param>
    /// <param name="expectedImages">Images in the whole batch, 0 when unknown. Bounds the memory allocated.</param>
    public MicroBatcher(
        LoadedModel? model, IImagePreprocessor preprocessor, LabelFactory labelFactory, int expectedImages)
    {
        _model = model;
        _preprocessor = preprocessor;
        _labelFactory = labelFactory;
        if (model is null)
        {
            return;
        }

        Capacity = expectedImages > 0 ? Math.Min(model.Backend.MaxBatch, expectedImages) : model.Backend.MaxBatch;
        _tensors = model.Backend.TakesTensors ? new TensorBatch(model.Manifest.Input, Capacity) : null;
    }

    /// <summary>Maximum number of images per micro-batch.</summary>
    public int Capacity { get; } = 1;

    /// <summary>The labels of at most <see cref="Capacity"/> images, in any order. Disposes the images.</summary>
    public async Task<IReadOnlyList<Label>> ClassifyAsync(
        IReadOnlyList<EncodedImage> images, CancellationToken cancellationToken)
    {
        try
        {
            var labels = new List<Label>(images.Count);
            var ready = new List<EncodedImage>(images.Count);
            foreach (var image in images)
            {
                if (Prepare(image, ready.Count) is { } refusal)
                {
                    labels.Add(_labelFactory.Refuse(image.Reference, refusal));
                }
                else
                {
                    ready.Add(image);
                }
            }

            if (ready.Count > 0)
            {
                await ScoreAsync(ready, labels, cancellationToken);
            }

            return labels;
        }
        finally
        {
            foreach (var image in images)
            {
                image.Dispose();
            }
        }
    }

    public void Dispose() => _tensors?.Dispose();

    private Refusal? Prepare(EncodedImage image, int row)
    {
        if (_model is null)
        {
            return _labelFactory.ModelRefusal;
        }

        return _tensors is null ? null : _preprocessor.Fill(image, _model.Manifest.Input, _tensors.Row(row));
    }

    private async Task ScoreAsync(List<EncodedImage> images, List<Label> labels, CancellationToken cancellationToken)
    {
        var outcomes = await _model!.Backend.ScoreAsync(new ImageBatch(images, _tensors), cancellationToken);
        for (var i = 0; i < images.Count; i++)
        {
            var reference = images[i].Reference;
            labels.Add(outcomes[i].TryGet(out var scores, out var refusal)
                ? _labelFactory.Answer(reference, scores)
                : _labelFactory.Refuse(reference, refusal));
        }
    }
}
