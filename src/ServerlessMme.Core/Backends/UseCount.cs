namespace ServerlessMme.Core.Backends;

/// <summary>
/// Counts the users of something that must be freed after the last of them. Nobody enters once it is closed. Exactly
/// one call returns true, and that caller frees: the count runs no code of its own, so callers may hold a lock while
/// they ask and free after they have left it. Thread-safe, without a lock.
/// </summary>
public sealed class UseCount
{
    // The sign bit of the state; the other bits count the users.
    private const int Closed = int.MinValue;

    private int _state;

    /// <summary>Users at about this moment.</summary>
    public int Users => Volatile.Read(ref _state) & ~Closed;

    /// <summary>Begins a use, which <see cref="Exit"/> must end. False once it is closed.</summary>
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

    /// <summary>Ends a use. True when it was the last one after closing: the caller frees.</summary>
    public bool Exit() => Interlocked.Decrement(ref _state) == Closed;

    /// <summary>Lets no more users in. True when none was inside: the caller frees. Later calls do nothing.</summary>
    public bool Close() => Interlocked.Or(ref _state, Closed) == 0;

    /// <summary>Closes only if there is no user. True when it did: the caller frees.</summary>
    public bool TryCloseUnused() => Interlocked.CompareExchange(ref _state, Closed, 0) == 0;
}
