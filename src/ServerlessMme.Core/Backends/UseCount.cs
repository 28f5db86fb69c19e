namespace ServerlessMme.Core.Backends;

/// <summary>
/// Counts the users of a resource that must be freed after the last one leaves. Once closed, it lets no new users in.
/// Exactly one call to <see cref="Exit"/>, <see cref="Close"/> or <see cref="TryCloseUnused"/> returns true, and its
/// caller frees the resource. The count itself frees nothing, so callers may hold a lock during the call and free the
/// resource after releasing the lock. Thread-safe without a lock.
/// </summary>
public sealed class UseCount
{
    // The sign bit of the state; the other bits count the users.
    private const int Closed = int.MinValue;

    private int _state;

    /// <summary>The number of users, which may change at any time.</summary>
    public int Users => Volatile.Read(ref _state) & ~Closed;

    /// <summary>Starts a use, which <see cref="Exit"/> must end. Returns false once closed.</summary>
    public bool TryEnter()
    {
        var state = Volatile.Read(ref _state);
        while (state >= 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>
    /// Ends a use. Returns true if it was the last one after closing; the caller must then free the resource.
    /// </summary>
    public bool Exit() => Interlocked.Decrement(ref _state) == Closed;

    /// <summary>
    /// Lets no new users in. Returns true if there were no users; the caller must then free the resource. Later calls
    /// do nothing.
    /// </summary>
    public bool Close() => Interlocked.Or(ref _state, Closed) == 0;

    /// <summary>
    /// Closes only if there are no users. Returns true if it closed; the caller must then free the resource.
    /// </summary>
    public bool TryCloseUnused() => Interlocked.CompareExchange(ref _state, Closed, 0) == 0;
}
