using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>
/// Scores local images with a model and its compressed copy, in batches. Keeps the tensors of the first images to
/// measure times with. Not thread-safe.
/// </summary>
internal sealed class ImageComparison : IDisposable
{
    private readonly ModelName _name;
    private readonly Manifest _manifest;
    private readonly SideBySide _runs;
    private readonly TensorBatch _batch;
    private readonly TensorBatch _timed;
    private readonly List<EncodedImage> _timedImages = [];

    /// <param name="images">The number of images, which limits the batch size.</param>
    public ImageComparison(ModelName name, Manifest manifest, SideBySide runs, int images)
    {
        _name = name;
        _manifest = manifest;
        _runs = runs;
        var size = Math.Min(runs.BatchSize, images);
        _batch = new TensorBatch(manifest.Input, size);
        _timed = new TensorBatch(manifest.Input, size);
    }

    /// <summary>Number of images in a timed batch.</summary>
    public int TimedImages => _timedImages.Count;

    public void Dispose()
    {
        _timed.Dispose();
        _batch.Dispose();
    }

    /// <param name="services">The services that read and decode the images.</param>
    /// <param name="advance">Called once per image.</param>
    /// <returns>One result per file.</returns>
    public async Task<IReadOnlyList<ComparedImage>> CompareAsync(
        IServiceProvider services, IReadOnlyList<LocalImage> files, Action advance, CancellationToken cancellationToken)
    {
        var source = new LocalImageSource(
            files, services.GetRequiredService<WorkingMemory>(), services.GetRequiredService<IOptions<ImageOptions>>());
        var preprocessor = services.GetRequiredService<IImagePreprocessor>();
        var compared = new List<ComparedImage>();
        var filled = new List<EncodedImage>();
        foreach (var file in files)
        {
            var fetched = await source.FetchAsync(_name, file.Path, null, cancellationToken);
            // Disposed once its tensor is filled: the backends read only its name.
            using var image = fetched.Image;
            var refusal = image is null
                ? fetched.Refusal
                : await preprocessor.FillAsync(image, _manifest.Input, _batch, filled.Count, cancellationToken);
            if (refusal is not null)
            {
                compared.Add(ComparedImage.Refused(file.Name, refusal));
            }
            else
            {
                filled.Add(image!);
            }

            if (filled.Count == _batch.Capacity)
            {
                compared.AddRange(await CompareAsync(filled, cancellationToken));
                filled.Clear();
            }

            advance();
        }

        if (filled.Count > 0)
        {
            compared.AddRange(await CompareAsync(filled, cancellationToken));
        }

        return compared;
    }

    /// <summary>Measures both models on the first images that both answer. There must be at least one.</summary>
    /// <param name="maxSlowdown">Largest increase in time per image, as a share.</param>
    public Task<Outcome<RunTimes>> MeasureAsync(double maxSlowdown, CancellationToken cancellationToken) =>
        _runs.MeasureAsync(_timedImages, _timed.Slice(0, _timedImages.Count), maxSlowdown, cancellationToken);

    private async Task<IReadOnlyList<ComparedImage>> CompareAsync(
        List<EncodedImage> images, CancellationToken cancellationToken)
    {
        var compared = await _runs.CompareAsync(images, _batch.Slice(0, images.Count), cancellationToken);
        for (var i = 0; i < images.Count && _timedImages.Count < _timed.Capacity; i++)
        {
            if (compared[i].IsAnswered)
            {
                _batch.Row(i).CopyTo(_timed.Row(_timedImages.Count));
                _timedImages.Add(images[i]);
            }
        }

        return compared;
    }
}
