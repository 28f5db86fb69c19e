namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// Counts the uses of something that must be freed after the last one: its owner's, and one for each call in progress.
/// Thread-safe.
/// </summary>
internal sealed class UseCount(Action free)
{
    private int _uses = 1;
    private int _released;

    /// <summary>Begins a use; false when the owner has let go.</summary>
    public bool TryEnter()
    {
        if (Volatile.Read(ref _released) != 0)
        {
            return false;
        }

        var uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            var seen = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (seen == uses)
            {
                return true;
            }

            uses = seen;
        }

        return false;
    }

    /// <summary>Ends a use.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _uses) == 0)
        {
            free();
        }
    }

    /// <summary>Ends the owner's use, once however often it is called.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            Exit();
        }
    }
}
