namespace ServerlessMme.Onnx.Pages;

/// <summary>
/// Counts uses, and forgets half of them per <see cref="HalfLife"/>. A model that is asked for now and then is asked for
/// again sooner than one that was asked for once, however recent that was. Thread-safe.
/// </summary>
internal sealed class UseFrequency(TimeProvider time)
{
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(1);

    /// <summary>The runs of one request, or a job's on one model, are few uses, however many they are.</summary>
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

    /// <summary>The uses, of which 1 stays.</summary>
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
