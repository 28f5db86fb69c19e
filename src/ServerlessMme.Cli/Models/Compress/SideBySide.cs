using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>
/// Runs a model and its compressed copy on the same tensors, one after the other on the same thread. Not thread-safe.
/// </summary>
internal sealed class SideBySide(IBackend before, IBackend after, Manifest manifest, TimeProvider time)
{
    private const int MinRounds = 9;
    private const int MaxRounds = 300;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(8);

    /// <summary>Images of a run that takes many.</summary>
    public int BatchSize { get; } = Math.Min(before.MaxBatch, after.MaxBatch);

    /// <summary>Scores an image with both; a refusal's message where one of them refuses it.</summary>
    /// <param name="tensor">One row.</param>
    public async Task<ComparedImage> CompareAsync(
        EncodedImage image, TensorBatch tensor, CancellationToken cancellationToken)
    {
        var batch = new ImageBatch([image], tensor);
        var name = image.Reference.Name;
        if (!(await before.ScoreAsync(batch, cancellationToken))[0].TryGet(out var old, out var refusal)
            || !(await after.ScoreAsync(batch, cancellationToken))[0].TryGet(out var scores, out refusal))
        {
            return new ComparedImage(name, 0, 0, IsSame: false, 0, refusal);
        }

        var (first, second) = (Best(old), Best(scores));
        var isSame = TopClasses.True(old, manifest) is { } labels
            ? labels.ToHashSet().SetEquals(TopClasses.True(scores, manifest)!)
            : first == second;
        return new ComparedImage(
            name, first, second, isSame, old.Zip(scores).Max(pair => Math.Abs(pair.First - pair.Second)), null);
    }

    /// <summary>Measures both in turn, on one image per run, and on all of them together.</summary>
    /// <param name="tensors">A row per image.</param>
    public async Task<(Change OneImage, Change? Together)> MeasureAsync(
        IReadOnlyList<EncodedImage> images, TensorBatch tensors, CancellationToken cancellationToken)
    {
        var alone = new Times();
        var together = new Times();
        var all = new ImageBatch(images, tensors);
        if (images.Count > 1)
        {
            // The first run of a size takes memory from the system.
            await RunAsync(new Times(), all, isSwapped: false, cancellationToken);
        }

        var started = time.GetTimestamp();
        for (var round = 0; round < MaxRounds && (round < MinRounds || time.GetElapsedTime(started) < Enough); round++)
        {
            var place = round % images.Count;
            var one = new ImageBatch([images[place]], tensors.Slice(place, 1));
            await RunAsync(alone, one, isSwapped: round % 2 == 1, cancellationToken);
            if (images.Count > 1)
            {
                await RunAsync(together, all, isSwapped: round % 2 == 1, cancellationToken);
            }
        }

        return (alone.Medians(1), images.Count > 1 ? together.Medians(images.Count) : null);
    }

    private async Task RunAsync(Times times, ImageBatch batch, bool isSwapped, CancellationToken cancellationToken)
    {
        foreach (var isAfter in (bool[])[isSwapped, !isSwapped])
        {
            var started = time.GetTimestamp();
            await (isAfter ? after : before).ScoreAsync(batch, cancellationToken);
            (isAfter ? times.After : times.Before).Add(time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private int Best(float[] scores) => TopClasses.Of(scores, manifest.Labels, 1)[0].Index;

    private sealed class Times
    {
        public List<double> Before { get; } = [];

        public List<double> After { get; } = [];

        /// <summary>Milliseconds per image.</summary>
        public Change Medians(int images) => new(Median(Before) / images, Median(After) / images);

        private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
    }
}

/// <summary>What both models answered to an image.</summary>
/// <param name="Before">Index of the best label.</param>
/// <param name="IsSame">True when the label, or the set of labels, is the same.</param>
/// <param name="Difference">Largest difference of a score.</param>
/// <param name="Refusal">Why there is no answer; null when both have one.</param>
internal sealed record ComparedImage(
    string Name, int Before, int After, bool IsSame, float Difference, Core.Failures.Refusal? Refusal);
