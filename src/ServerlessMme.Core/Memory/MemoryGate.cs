using System.Threading.RateLimiting;

namespace ServerlessMme.Core.Memory;

/// <summary>
/// Bytes shared by all users of one kind of memory. Users wait in order until their bytes are free. A quarter is
/// reserved for small requests, so they never wait for large ones. Thread-safe.
/// </summary>
public sealed class MemoryGate
{
    /// <summary>The smallest capacity, in bytes.</summary>
    public const long MinBytes = 1 << 20;

    // Bytes per permit: permits are integers, and capacities exceed 2 GiB.
    private const int Unit = 1024;
    private const int ShareForSmall = 4;
    private const int ShareThatIsSmall = 64;

    // Never disposed: a limiter without a timer holds nothing but memory.
    private readonly ConcurrencyLimiter _small;
    private readonly ConcurrencyLimiter _large;
    private readonly int _permits;

    /// <param name="capacityBytes">Bytes that all users together may hold.</param>
    public MemoryGate(long capacityBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityBytes, MinBytes);
        CapacityBytes = capacityBytes;
        SmallBytes = capacityBytes / ShareThatIsSmall;
        var small = Math.Min(int.MaxValue / 2, Permits(capacityBytes / ShareForSmall));
        // The sum of all permits must fit into an integer.
        var large = Math.Min(int.MaxValue / 2, Permits(capacityBytes - (capacityBytes / ShareForSmall)));
        LargestBytes = (long)large * Unit;
        _permits = small + large;
        _small = CreateLine(small);
        _large = CreateLine(large);
    }

    /// <summary>Returns the smallest capacity that lets one user hold this many bytes.</summary>
    public static long CapacityFor(long largestBytes) =>
        Math.Max(MinBytes, ((largestBytes * ShareForSmall) + ShareForSmall - 2) / (ShareForSmall - 1));

    /// <summary>Bytes that all users together may hold.</summary>
    public long CapacityBytes { get; }

    /// <summary>
    /// Maximum number of bytes that one user may hold: the part that isn't reserved for small requests.
    /// </summary>
    public long LargestBytes { get; }

    /// <summary>The largest request that counts as small, in bytes.</summary>
    public long SmallBytes { get; }

    /// <summary>Bytes held now. The bytes of each user are rounded up to KiB.</summary>
    public long UsedBytes => (long)Unit * (_permits - Free(_small) - Free(_large));

    /// <summary>Bytes that users are waiting for.</summary>
    public long QueuedBytes =>
        Unit * (_small.GetStatistics()!.CurrentQueuedCount + _large.GetStatistics()!.CurrentQueuedCount);

    /// <summary>
    /// Waits until the bytes are free; first come, first served. The lease holds them until it is disposed. Request all
    /// bytes at once, because users that hold some and wait for more could deadlock.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="LargestBytes"/> are requested.</exception>
    public ValueTask<RateLimitLease> AcquireAsync(long bytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, LargestBytes);
        var line = bytes <= SmallBytes ? _small : _large;
        return line.AcquireAsync(Math.Max(1, Permits(bytes)), cancellationToken);
    }

    private static long Free(ConcurrencyLimiter line) => line.GetStatistics()!.CurrentAvailablePermits;

    private static int Permits(long bytes) => (int)Math.Min(int.MaxValue, ((bytes - 1) / Unit) + 1);

    private static ConcurrencyLimiter CreateLine(int permits) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = permits,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
}
