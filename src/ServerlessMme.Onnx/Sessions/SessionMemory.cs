using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Memory;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>Measures the heap memory that a session takes. Thread-safe.</summary>
/// <param name="allocated">Returns the allocated bytes of the heap; null if they are unknown.</param>
internal sealed class SessionMemory(TimeProvider time, Func<long?> allocated)
{
    private const long LeastBytes = 32 << 10;

    /// <summary>
    /// Measuring takes at most one part in this many of the time. glibc needs time in proportion to the free blocks of
    /// the heap, up to 50 ms with tens of thousands of sessions, and allocations wait in the meantime.
    /// </summary>
    private const int Share = 50;
    private static readonly TimeSpan Cheap = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Number of measurements whose median is the estimate, because single measurements are inaccurate.
    /// </summary>
    private const int Remembered = 31;

    /// <summary>Larger models are always measured and never estimated, which limits the error of estimates.</summary>
    private const long MostHeld = 1 << 20;
    private const long MostMapped = 4 << 20;

    // Sessions that open at the same time would measure each other's memory.
    private static readonly Lock Gate = new();
    private readonly Queue<double> _ratios = new();
    private long _nextAt = long.MinValue;

    /// <summary>Measures this process's sessions of stored models.</summary>
    public static SessionMemory OfStored { get; } = new(TimeProvider.System, NativeHeap.AllocatedBytes);

    /// <summary>Measures this process's sessions of models that are not stored, which hold all their weights.</summary>
    public static SessionMemory OfPlain { get; } = new(TimeProvider.System, NativeHeap.AllocatedBytes);

    /// <summary>
    /// Opens a session and measures the memory it takes. Measured loads wait for each other. Runs of other models
    /// continue and distort the measurement, so it is limited to a range that fits the model's size. If measuring would
    /// take too long, the memory is estimated from earlier sessions.
    /// </summary>
    /// <param name="heldBytes">The session's minimum: the graph, and tensors that are not mapped.</param>
    /// <param name="mappedBytes">Size of the mapped tensors, which the session may copy.</param>
    public LoadedSession Measure(Func<LoadedSession> open, long heldBytes, long mappedBytes)
    {
        var least = LeastBytes + heldBytes;
        var most = (8 * least) + mappedBytes;
        var isSmall = heldBytes <= MostHeld && mappedBytes <= MostMapped;
        lock (Gate)
        {
            if (isSmall && time.GetTimestamp() < _nextAt)
            {
                return open().With(Math.Min((long)(Median() * least), most));
            }

            var (session, ratio, cost) = Open(open, least, most);
            if (!isSmall)
            {
                return session.With((long)(ratio * least));
            }

            if (IsOdd(ratio) && TryAgain(open, least, most) is { } again
                && Math.Abs(again - Median()) < Math.Abs(ratio - Median()))
            {
                ratio = again;
            }

            _ratios.Enqueue(ratio);
            if (_ratios.Count > Remembered)
            {
                _ratios.Dequeue();
            }

            _nextAt = cost < Cheap || _ratios.Count < Remembered ? long.MinValue
                : time.GetTimestamp() + (long)(Share * cost.TotalSeconds * time.TimestampFrequency);
            return session.With((long)(ratio * least));
        }
    }

    private (LoadedSession Session, double Ratio, TimeSpan Cost) Open(Func<LoadedSession> open, long least, long most)
    {
        var (before, first) = Read();
        var session = open();
        var (after, second) = Read();
        return (session, (double)Math.Clamp(after - before ?? 0, least, most) / least, first + second);
    }

    /// <summary>
    /// Measures a second session. Returns null if it can't be opened. The first session stays in use.
    /// </summary>
    private double? TryAgain(Func<LoadedSession> open, long least, long most)
    {
        try
        {
            var (session, ratio, _) = Open(open, least, most);
            session.Dispose();
            return ratio;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or LoadTimeoutException or IOException)
        {
            return null;
        }
    }

    /// <summary>Returns true if other loads distorted the measurement, or the network is unlike the others.</summary>
    private bool IsOdd(double ratio) => _ratios.Count > 0 && ratio / Median() is < 0.5 or > 2;

    private double Median() => _ratios.Order().ElementAt(_ratios.Count / 2);

    private (long? Bytes, TimeSpan Cost) Read()
    {
        var started = time.GetTimestamp();
        var bytes = allocated();
        return (bytes, time.GetElapsedTime(started));
    }
}
