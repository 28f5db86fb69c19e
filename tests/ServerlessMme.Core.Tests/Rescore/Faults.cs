namespace ServerlessMme.Core.Tests.Rescore;

/// <summary>Ends the process at a chosen operation on storage, just before or just after it. Thread-safe.</summary>
internal sealed class Faults
{
    private int _left = int.MaxValue;
    private bool _after;

    /// <summary>Fails at this operation from now; 1 is the next.</summary>
    /// <param name="after">True to carry the operation out first.</param>
    public void Arm(int operation, bool after) => (_left, _after) = (operation, after);

    /// <summary>Fails no more. True when nothing had failed yet.</summary>
    public bool Disarm() => Interlocked.Exchange(ref _left, int.MaxValue) > 0;

    public void Before()
    {
        // A killed process does nothing more.
        if (Interlocked.Decrement(ref _left) is var left && (left < 0 || (left == 0 && !_after)))
        {
            throw new KilledException();
        }
    }

    public void After()
    {
        if (_after && Volatile.Read(ref _left) == 0)
        {
            throw new KilledException();
        }
    }
}

internal sealed class KilledException : Exception;
