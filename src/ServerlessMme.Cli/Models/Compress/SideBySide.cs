using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
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
    private const int Measurements = 3;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(8);

    /// <summary>Images per batched run.</summary>
    public int BatchSize { get; } = Math.Min(before.MaxBatch, after.MaxBatch);

    /// <summary>Scores each image with both models, alone and together with the others.</summary>
    /// <param name="images">At least 1, at most <see cref="BatchSize"/>.</param>
    /// <param name="tensors">A row per image.</param>
    /// <returns>One result per image, in the same order.</returns>
    public async Task<IReadOnlyList<ComparedImage>> CompareAsync(
        IReadOnlyList<EncodedImage> images, TensorBatch tensors, CancellationToken cancellationToken)
    {
        var compared = new ComparedImage[images.Count];
        for (var i = 0; i < compared.Length; i++)
        {
            var one = new ImageBatch([images[i]], tensors.Slice(i, 1));
            compared[i] = Compare(
                images[i],
                (await before.ScoreAsync(one, cancellationToken))[0],
                (await after.ScoreAsync(one, cancellationToken))[0]);
        }

        if (images.Count > 1)
        {
            var all = new ImageBatch(images, tensors);
            var old = await before.ScoreAsync(all, cancellationToken);
            var scores = await after.ScoreAsync(all, cancellationToken);
            for (var i = 0; i < compared.Length; i++)
            {
                compared[i] = compared[i].With(Compare(images[i], old[i], scores[i]));
            }
        }

        return compared;
    }

    /// <summary>
    /// Measures once. If the copy is too slow, which may be chance, measures twice more, and returns the median.
    /// </summary>
    /// <param name="maxSlowdown">Largest increase in time per image, as a share.</param>
    public async Task<Outcome<RunTimes>> MeasureAsync(
        IReadOnlyList<EncodedImage> images,
        TensorBatch tensors,
        double maxSlowdown,
        CancellationToken cancellationToken)
    {
        var taken = new List<RunTimes>();
        do
        {
            if (!(await MeasureAsync(images, tensors, cancellationToken)).TryGet(out var times, out var refusal))
            {
                return refusal;
            }

            taken.Add(times);
        }
        while (taken.Count < Measurements && taken[0].Ratio - 1 > maxSlowdown);
        return taken.OrderBy(times => times.Ratio).ElementAt(taken.Count / 2) with { Measurements = taken.Count };
    }

    /// <summary>Measures both models in turn, with one image per run and with all images in a run.</summary>
    /// <param name="images">Images that both models answer.</param>
    /// <param name="tensors">A row per image.</param>
    /// <returns>The times, or the refusal of an image that had an answer before.</returns>
    public async Task<Outcome<RunTimes>> MeasureAsync(
        IReadOnlyList<EncodedImage> images, TensorBatch tensors, CancellationToken cancellationToken)
    {
        var alone = new Times();
        var together = new Times();
        var all = new ImageBatch(images, tensors);
        if (images.Count > 1
            // The first run of a batch size allocates memory.
            && await RunAsync(new Times(), all, isSwapped: false, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var started = time.GetTimestamp();
        for (var round = 0; round < MaxRounds && (round < MinRounds || time.GetElapsedTime(started) < Enough); round++)
        {
            var place = round % images.Count;
            var one = new ImageBatch([images[place]], tensors.Slice(place, 1));
            var problem = await RunAsync(alone, one, isSwapped: round % 2 == 1, cancellationToken);
            if (problem is null && images.Count > 1)
            {
                problem = await RunAsync(together, all, isSwapped: round % 2 == 1, cancellationToken);
            }

            if (problem is not null)
            {
                return problem;
            }
        }

        return new RunTimes(alone.Medians(1), images.Count > 1 ? together.Medians(images.Count) : null);
    }

    private ComparedImage Compare(EncodedImage image, Outcome<float[]> before, Outcome<float[]> after)
    {
        var name = image.Reference.Name;
        if (!before.TryGet(out var old, out var refusal))
        {
            return ComparedImage.Refused(name, refusal);
        }

        if (!after.TryGet(out var scores, out refusal))
        {
            return ComparedImage.Unanswered(name, refusal);
        }

        var (first, second) = (Best(old), Best(scores));
        var isSame = TopClasses.True(old, manifest) is { } labels
            ? labels.ToHashSet().SetEquals(TopClasses.True(scores, manifest)!)
            : first == second;
        var difference = old.Zip(scores).Max(pair => Math.Abs(pair.First - pair.Second));
        return new ComparedImage(name, first, second, isSame, difference, null, null);
    }

    /// <summary>Adds the times of both models. Returns the refusal of a failed run, whose time means nothing.</summary>
    private async Task<Refusal?> RunAsync(
        Times times, ImageBatch batch, bool isSwapped, CancellationToken cancellationToken)
    {
        foreach (var isAfter in (bool[])[isSwapped, !isSwapped])
        {
            var started = time.GetTimestamp();
            var outcomes = await (isAfter ? after : before).ScoreAsync(batch, cancellationToken);
            (isAfter ? times.After : times.Before).Add(time.GetElapsedTime(started).TotalMilliseconds);
            if (outcomes.Select(outcome => outcome.Refusal).FirstOrDefault(each => each is not null) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private int Best(float[] scores) => TopClasses.Of(scores, manifest.Labels, 1)[0].Index;

    private sealed class Times
    {
        public List<double> Before { get; } = [];

        public List<double> After { get; } = [];

        /// <summary>Returns the medians in milliseconds per image.</summary>
        public Change Medians(int images) => new(Median(Before) / images, Median(After) / images);

        private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
    }
}

/// <summary>Milliseconds per image.</summary>
/// <param name="Together">Null for a model that takes one image at a time.</param>
internal sealed record RunTimes(Change OneImage, Change? Together)
{
    /// <summary>Number of measurements. This one is the median.</summary>
    public int Measurements { get; init; } = 1;

    /// <summary>Mean of the time ratios for one image and for a batch.</summary>
    public double Ratio => Together is { } together ? (OneImage.Ratio + together.Ratio) / 2 : OneImage.Ratio;
}
