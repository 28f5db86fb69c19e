using System.Collections.Concurrent;
using System.Text.Json;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Review;

/// <summary>
/// Gives a person answers to check, stores what they say, and tells how often the model was right. Keeps the correct
/// labels of a few models in memory, because reading all for each answer would take seconds. Thread-safe.
/// </summary>
public sealed class Reviewer(
    AnswerListing answers, ITruthStore truths, ILabelReader labels, TimeProvider time) : IDisposable
{
    /// <summary>The most answers of one call.</summary>
    public const int MaxCount = 200;

    private const int MaxModels = 8;

    // Others may write correct labels too.
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<ModelName, KnownAnswers> _known = new();
    private readonly SemaphoreSlim _loading = new(1);

    /// <summary>The next answers without a correct label. Entries of archives have no image of their own to show.</summary>
    /// <param name="count">From 1 to <see cref="MaxCount"/>.</param>
    /// <param name="after">The last one that was seen; null for the first.</param>
    public async Task<ReviewPage> NextAsync(
        ModelName model, ReviewOrder order, int count, ReviewPlace? after, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(model, cancellationToken);
        var first = new PriorityQueue<StoredAnswer, ReviewPlace>(count + 1, ReviewPlace.Backwards);
        await foreach (var answer in answers.ListAsync(
            model, new AnswerFilter(), readsLabels: false, _ => { }, cancellationToken))
        {
            if (answer.Archive is not null || answer.Answer is null || known.TruthOf(answer.Image) is not null)
            {
                continue;
            }

            var place = ReviewPlace.Of(answer, order);
            if (after is { } seen && !place.IsAfter(seen))
            {
                continue;
            }

            first.Enqueue(answer, place);
            if (first.Count > count + 1)
            {
                first.Dequeue();
            }
        }

        var hasMore = first.Count > count;
        if (hasMore)
        {
            first.Dequeue();
        }

        var items = new List<StoredAnswer>(first.Count);
        while (first.TryDequeue(out var answer, out _))
        {
            items.Insert(0, answer);
        }

        return new ReviewPage(items, hasMore ? ReviewPlace.Of(items[^1], order) : null, known.Accuracy);
    }

    /// <summary>
    /// Stores the correct label of an image. Returns the accuracy with it. An answer that a listing had cut is stored
    /// whole, if a correct label may be that long.
    /// </summary>
    public async Task<ReviewAccuracy> WriteAsync(
        ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(model, cancellationToken);
        var answer = await AnswerAsync(model, image, cancellationToken);
        if (answer is { Length: <= TruthJson.MaxLabel } && LabelStamp.AreSame(answer, truth.Label))
        {
            truth = truth with { Label = answer };
        }

        await truths.WriteAsync(model, image, truth, cancellationToken);
        known.Set(image, truth.Label, answer);
        return known.Accuracy;
    }

    /// <summary>Removes the correct label of an image. Returns the accuracy without it.</summary>
    public async Task<ReviewAccuracy> RemoveAsync(
        ModelName model, string image, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(model, cancellationToken);
        await truths.RemoveAsync(model, image, cancellationToken);
        known.Remove(image);
        return known.Accuracy;
    }

    /// <summary>The correct label of each image, for as long as the caller needs it; null for unknown ones.</summary>
    public async Task<Func<string, string?>> TruthsAsync(ModelName model, CancellationToken cancellationToken) =>
        (await KnownAsync(model, cancellationToken)).TruthOf;

    public void Dispose() => _loading.Dispose();

    private async Task<KnownAnswers> KnownAsync(ModelName model, CancellationToken cancellationToken)
    {
        if (Find(model) is { } recent)
        {
            return recent;
        }

        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (Find(model) is { } loaded)
            {
                return loaded;
            }

            var known = await LoadAsync(model, cancellationToken);
            if (_known.Count >= MaxModels)
            {
                _known.TryRemove(_known.MinBy(each => each.Value.LoadedAt).Key, out _);
            }

            return _known[model] = known;
        }
        finally
        {
            _loading.Release();
        }
    }

    private KnownAnswers? Find(ModelName model) =>
        _known.GetValueOrDefault(model) is { } known && time.GetElapsedTime(known.LoadedAt) < Age ? known : null;

    private async Task<KnownAnswers> LoadAsync(ModelName model, CancellationToken cancellationToken)
    {
        var known = new KnownAnswers(time.GetTimestamp());
        var correct = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var image in truths.ListAsync(model, cancellationToken))
        {
            correct[image.Image] = image.Label;
            known.Set(image.Image, image.Label, null);
        }

        if (correct.Count == 0)
        {
            return known;
        }

        await foreach (var answer in answers.ListAsync(
            model, new AnswerFilter(), readsLabels: false, _ => { }, cancellationToken))
        {
            if (correct.TryGetValue(answer.Image, out var label))
            {
                known.Set(answer.Image, label, answer.Answer);
            }
        }

        return known;
    }

    private async Task<string?> AnswerAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        await using var stream = await labels.OpenAsync(model, LabelName.Of(image), cancellationToken);
        if (stream is null)
        {
            return null;
        }

        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory, cancellationToken);
        try
        {
            return StoredAnswer.Read(null, memory.ToArray()).Answer;
        }
        catch (JsonException)
        {
            // Somebody else wrote a blob of that name.
            return null;
        }
    }
}

/// <summary>Answers to check.</summary>
/// <param name="Next">Where the next ones begin; null when there are none.</param>
public sealed record ReviewPage(IReadOnlyList<StoredAnswer> Items, ReviewPlace? Next, ReviewAccuracy Accuracy);
