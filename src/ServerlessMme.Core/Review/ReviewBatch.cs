namespace ServerlessMme.Core.Review;

/// <summary>
/// Collects the first answers of one order while a pass shows all of them, so the calls that follow need no pass of
/// their own. Takes the same memory however many there are. Not thread-safe.
/// </summary>
/// <param name="after">Only answers after this place; null for all.</param>
internal sealed class ReviewBatch(ReviewOrder order, ReviewPlace? after)
{
    /// <summary>The most answers that are kept.</summary>
    public const int Size = 2000;

    private readonly PriorityQueue<StoredAnswer, ReviewPlace> _first = new(ReviewPlace.Backwards);
    private StoredAnswer[] _items = [];
    private bool _isCut;

    /// <summary>Takes an answer, if it is one of the first.</summary>
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

    /// <summary>Ends the pass. Nothing can be added any more.</summary>
    public void Close()
    {
        _items = new StoredAnswer[_first.Count];
        for (var i = _items.Length - 1; i >= 0; i--)
        {
            _items[i] = _first.Dequeue();
        }
    }

    /// <summary>
    /// The next answers that are accepted, and whether more follow. Null when only another pass can tell.
    /// </summary>
    /// <param name="from">The last one that was seen; null for the first.</param>
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
