namespace ServerlessMme.Core.Review;

/// <summary>
/// Collects the first answers in one order during a pass over all answers, so later calls need no pass of their own.
/// Uses constant memory. Not thread-safe.
/// </summary>
/// <param name="after">Only answers after this position; null for all.</param>
internal sealed class ReviewBatch(ReviewOrder order, ReviewPlace? after)
{
    /// <summary>Maximum number of answers to keep.</summary>
    public const int Size = 2000;

    private readonly PriorityQueue<StoredAnswer, ReviewPlace> _first = new(ReviewPlace.Backwards);
    private StoredAnswer[] _items = [];
    private bool _isCut;

    /// <summary>Adds an answer if it is one of the first.</summary>
    public void Add(StoredAnswer answer)
    {
        var place = ReviewPlace.Of(answer, order);
        if (after is { } start && !place.IsAfter(start))
        {
            return;
        }

        _first.Enqueue(answer, place);
        if (_first.Count > Size)
        {
            _first.Dequeue();
            _isCut = true;
        }
    }

    /// <summary>Ends the pass. No further answers can be added.</summary>
    public void Close()
    {
        _items = new StoredAnswer[_first.Count];
        for (var i = _items.Length - 1; i >= 0; i--)
        {
            _items[i] = _first.Dequeue();
        }
    }

    /// <summary>
    /// Returns the next accepted answers, and whether more follow. Returns null if another pass is needed to find them.
    /// </summary>
    /// <param name="from">The last answer seen; null for the first.</param>
    public (IReadOnlyList<StoredAnswer> Items, bool HasMore)? Take(
        ReviewPlace? from, int count, Predicate<StoredAnswer> accepts)
    {
        if (after is { } start && (from is not { } place || start.IsAfter(place)))
        {
            return null;
        }

        var next = _items
            .SkipWhile(answer => from is { } seen && !ReviewPlace.Of(answer, order).IsAfter(seen))
            .Where(answer => accepts(answer)).Take(count + 1).ToList();
        if (next.Count <= count && _isCut)
        {
            return null;
        }

        return (next.Take(count).ToList(), next.Count > count);
    }
}
