using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Review;

/// <summary>
/// The review state of one model: its correct labels with the answers, and the next answers in each order. A pass over
/// all labels refreshes them together, at most one at a time. Thread-safe.
/// </summary>
internal sealed class ReviewedModel(
    ModelName model, AnswerListing answers, ITruthStore truths, TimeProvider time, CancellationToken stopping)
    : IDisposable
{
    private static readonly TimeSpan MinAge = TimeSpan.FromMinutes(1);

    // A pass over a million labels takes a minute or more, so passes use up to a tenth of the time.
    private const int AgePerPass = 10;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _passing = new(1);
    private readonly Dictionary<ReviewOrder, (ReviewBatch Batch, State State)> _batches = [];
    private State? _state;
    private KnownAnswers? _coming;
    private int _isRefreshing;

    /// <summary>Timestamp of the last use.</summary>
    public long UsedAt { get; private set; }

    /// <summary>Returns the correct labels, refreshed if they are old.</summary>
    public async Task<KnownAnswers> RecentAsync(CancellationToken cancellationToken) =>
        (Touch() is { } state && !IsOld(state) ? state : await PassAsync(null, IsRecent, cancellationToken)).Known;

    /// <summary>
    /// Returns the correct labels. Once they have been loaded, this doesn't wait: old ones are refreshed in the
    /// background.
    /// </summary>
    public async Task<KnownAnswers> KnownAsync(CancellationToken cancellationToken)
    {
        if (Touch() is not { } state)
        {
            return (await PassAsync(null, () => true, cancellationToken)).Known;
        }

        if (IsOld(state) && Interlocked.Exchange(ref _isRefreshing, 1) == 0)
        {
            // Nothing awaits it. After a failure, the next call retries.
            _ = RefreshAsync();
        }

        return state.Known;
    }

    /// <summary>Returns the next answers that have no correct label yet, and whether more follow.</summary>
    public async Task<(IReadOnlyList<StoredAnswer> Items, bool HasMore, ReviewAccuracy Accuracy)> NextAsync(
        ReviewOrder order, ReviewPlace? after, int count, CancellationToken cancellationToken)
    {
        Touch();
        while (true)
        {
            if (Take() is { } next)
            {
                return next;
            }

            await PassAsync((order, new ReviewBatch(order, after)), () => Take() is not null, cancellationToken);
        }

        (IReadOnlyList<StoredAnswer>, bool, ReviewAccuracy)? Take()
        {
            lock (_gate)
            {
                return _state is { } state && _batches.TryGetValue(order, out var found) && !IsOld(found.State)
                    && found.Batch.Take(after, count, answer => state.Known.TruthOf(answer.Image) is null) is { } next
                        ? (next.Items, next.HasMore, state.Known.Accuracy)
                        : null;
            }
        }
    }

    /// <summary>Adds a person's decision, which takes precedence over a pass that is running.</summary>
    public ReviewAccuracy Decide(string image, string? truth, string? answer)
    {
        lock (_gate)
        {
            _coming?.Decide(image, truth, answer);
            _state?.Known.Decide(image, truth, answer);
            return _state?.Known.Accuracy ?? default;
        }
    }

    public void Dispose() => _passing.Dispose();

    private State? Touch()
    {
        lock (_gate)
        {
            UsedAt = time.GetTimestamp();
            return _state;
        }
    }

    private bool IsRecent()
    {
        lock (_gate)
        {
            return _state is { } state && !IsOld(state);
        }
    }

    private bool IsOld(State state) => time.GetElapsedTime(state.PassedAt) >= state.Age;

    private async Task RefreshAsync()
    {
        try
        {
            await PassAsync(null, IsRecent, stopping);
        }
        finally
        {
            Volatile.Write(ref _isRefreshing, 0);
        }
    }

    /// <summary>Reads all labels.</summary>
    /// <param name="collect">The order to collect answers for; null for none.</param>
    /// <param name="isDone">
    /// Called after the wait; returns true if another pass has already done the work of this one.
    /// </param>
    private async Task<State> PassAsync(
        (ReviewOrder Order, ReviewBatch Batch)? collect, Func<bool> isDone, CancellationToken cancellationToken)
    {
        await _passing.WaitAsync(cancellationToken);
        try
        {
            if (Touch() is { } state && isDone())
            {
                return state;
            }

            var known = new KnownAnswers();
            lock (_gate)
            {
                _coming = known;
            }

            var started = time.GetTimestamp();
            await LoadAsync(known, collect?.Batch, cancellationToken);
            lock (_gate)
            {
                var took = time.GetElapsedTime(started) * AgePerPass;
                _state = new State(known, time.GetTimestamp(), took > MinAge ? took : MinAge);
                if (collect is { } wanted)
                {
                    _batches[wanted.Order] = (wanted.Batch, _state);
                }

                return _state;
            }
        }
        finally
        {
            lock (_gate)
            {
                _coming = null;
            }

            _passing.Release();
        }
    }

    private async Task LoadAsync(KnownAnswers known, ReviewBatch? batch, CancellationToken cancellationToken)
    {
        await foreach (var image in truths.ListAsync(model, cancellationToken))
        {
            known.LoadTruth(image.Image, image.Label);
        }

        if (batch is null && known.IsEmpty)
        {
            return;
        }

        await foreach (var answer in answers.ListAsync(
            model, new AnswerFilter(), readsLabels: false, _ => { }, cancellationToken))
        {
            known.LoadAnswer(answer.Image, answer.Answer);
            if (answer.IsReviewable && known.TruthOf(answer.Image) is null)
            {
                batch?.Add(answer);
            }
        }

        batch?.Close();
    }

    private sealed record State(KnownAnswers Known, long PassedAt, TimeSpan Age);
}
