using System.Collections.Concurrent;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Review;

/// <summary>
/// Returns answers for a person to check, stores the decisions, and reports how often the model was right. Caches the
/// correct labels of a few models and the next answers, because a pass over all labels takes seconds. Thread-safe.
/// </summary>
public sealed class Reviewer(
    AnswerListing answers, ITruthStore truths, ILabelReader labels, TimeProvider time) : IDisposable
{
    /// <summary>Maximum number of answers per call.</summary>
    public const int MaxCount = 200;

    private const int MaxModels = 8;

    private readonly ConcurrentDictionary<ModelName, ReviewedModel> _models = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>
    /// Returns the next answers without a correct label. They may be out of date by a minute, or by ten times as long
    /// as it takes to list all labels.
    /// </summary>
    /// <param name="count">From 1 to <see cref="MaxCount"/>.</param>
    /// <param name="after">The last answer seen; null for the first.</param>
    public async Task<ReviewPage> NextAsync(
        ModelName model, ReviewOrder order, int count, ReviewPlace? after, CancellationToken cancellationToken)
    {
        var (items, hasMore, accuracy) = await Of(model).NextAsync(order, after, count, cancellationToken);
        return new ReviewPage(items, hasMore ? ReviewPlace.Of(items[^1], order) : null, accuracy);
    }

    /// <summary>
    /// Stores the correct label of an image. An answer that a listing truncated is stored in full if a correct label
    /// may be that long. Returns the accuracy including this label.
    /// </summary>
    /// <exception cref="TruthConflictException">Somebody stored another label in the meantime.</exception>
    public async Task<ReviewAccuracy> WriteAsync(
        ModelName model, string image, CorrectLabel truth, CancellationToken cancellationToken)
    {
        var answer = await AnswerAsync(model, image, cancellationToken);
        if (answer is { Length: <= TruthJson.MaxLabel } && LabelStamp.AreSame(answer, truth.Label))
        {
            truth = truth with { Label = answer };
        }

        if (!await truths.TryAddAsync(model, image, truth, cancellationToken))
        {
            var stored = await truths.FindAsync(model, image, cancellationToken);
            if (stored is null)
            {
                // The blob is not a correct label, or was just removed.
                await truths.WriteAsync(model, image, truth, cancellationToken);
            }
            else if (stored.Label != truth.Label)
            {
                await DecideAsync(model, image, stored.Label, answer, cancellationToken);
                throw new TruthConflictException(image, stored);
            }
        }

        return await DecideAsync(model, image, truth.Label, answer, cancellationToken);
    }

    /// <summary>Withdraws a correct label. Returns the accuracy without it.</summary>
    /// <param name="label">The label to withdraw. A listing may have truncated it.</param>
    /// <exception cref="TruthConflictException">Somebody stored another label in the meantime.</exception>
    public async Task<ReviewAccuracy> RemoveAsync(
        ModelName model, string image, string label, CancellationToken cancellationToken)
    {
        if (await truths.FindAsync(model, image, cancellationToken) is { } stored
            && !LabelStamp.AreSame(label, stored.Label))
        {
            throw new TruthConflictException(image, stored);
        }

        await truths.RemoveAsync(model, image, cancellationToken);
        return await DecideAsync(model, image, null, null, cancellationToken);
    }

    /// <summary>
    /// Returns the correct label of each image, for as long as the caller needs it, or null for unknown ones.
    /// </summary>
    public async Task<Func<string, string?>> TruthsAsync(ModelName model, CancellationToken cancellationToken) =>
        (await Of(model).RecentAsync(cancellationToken)).TruthOf;

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        foreach (var reviewed in _models.Values)
        {
            reviewed.Dispose();
        }
    }

    private async Task<ReviewAccuracy> DecideAsync(
        ModelName model, string image, string? truth, string? answer, CancellationToken cancellationToken)
    {
        var reviewed = Of(model);
        await reviewed.KnownAsync(cancellationToken);
        return reviewed.Decide(image, truth, answer);
    }

    private ReviewedModel Of(ModelName model)
    {
        var reviewed = _models.GetOrAdd(
            model, name => new ReviewedModel(name, answers, truths, time, _stopping.Token));
        while (_models.Count > MaxModels)
        {
            _models.TryRemove(_models.Where(each => each.Key != model).MinBy(each => each.Value.UsedAt).Key, out _);
        }

        return reviewed;
    }

    private async Task<string?> AnswerAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        await using var stream = await labels.OpenAsync(model, LabelName.Of(image), cancellationToken);
        if (stream is null)
        {
            return await ArchiveLine.FindAsync(labels, model, image, cancellationToken) is { } line
                ? AnswerListing.TryRead(null, line)?.Answer
                : null;
        }

        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory, cancellationToken);
        // Another program may have written a blob of that name.
        return AnswerListing.TryRead(null, memory.ToArray())?.Answer;
    }
}

/// <summary>Answers to check.</summary>
/// <param name="Next">The position where the next page begins; null at the end.</param>
public sealed record ReviewPage(IReadOnlyList<StoredAnswer> Items, ReviewPlace? Next, ReviewAccuracy Accuracy);
