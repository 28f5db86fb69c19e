namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Counts uses, and forgets half of them per <see cref="HalfLife"/>. A model that is requested now and then is likely
/// to be requested again sooner than a model that was requested once, however recently. Thread-safe.
/// </summary>
internal sealed class UseFrequency(TimeProvider time)
{
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Uses are counted at most this often, so the many runs of one request or job count as few uses.
    /// </summary>
    public static readonly TimeSpan OneUse = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly long _oneUse = (long)(OneUse.TotalSeconds * time.TimestampFrequency);
    private double _uses;
    private long _countedAt = long.MinValue / 2;

    /// <param name="at">A timestamp.</param>
    public void Add(long at)
    {
        if (at - Volatile.Read(ref _countedAt) < _oneUse)
        {
            return;
        }

        lock (_gate)
        {
            _uses = Left(at) + 1;
            Volatile.Write(ref _countedAt, at);
        }
    }

    /// <summary>Returns the number of uses that still count; at least 1.</summary>
    /// <param name="now">A timestamp.</param>
    public double At(long now)
    {
        lock (_gate)
        {
            return Math.Max(1, Left(now));
        }
    }

    private double Left(long now) =>
        _uses * Math.Pow(0.5, Math.Max(0, time.GetElapsedTime(_countedAt, now) / HalfLife));
}
