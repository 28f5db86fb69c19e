using System.Runtime.InteropServices;
using System.Threading.RateLimiting;

namespace ServerlessMme.Imaging;

/// <summary>
/// Decodes large images on dedicated threads with low priority, at most one per processor. The thread pool has only one
/// thread per processor, and stays available for small images. Thread-safe.
/// </summary>
internal static partial class LargeImages
{
    /// <summary>Number of pixels from which an image counts as large. It takes about 10 ms to decode.</summary>
    private const int LargePixels = 4_000_000;

    // A thread with this niceness gets a third of the processor time of a thread with normal priority.
    private const int Niceness = 5;
    private const int ThisThread = 0;

    // Never disposed, because a limiter without a timer holds only memory.
    private static readonly ConcurrencyLimiter s_turns = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = Environment.ProcessorCount,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public static bool IsLarge(long pixels) => pixels >= LargePixels;

    /// <summary>Waits for a turn, first come, first served.</summary>
    public static ValueTask<RateLimitLease> WaitAsync(CancellationToken cancellationToken) =>
        s_turns.AcquireAsync(1, cancellationToken);

    /// <summary>Runs an action on a dedicated thread. The caller must hold a turn until the action ends.</summary>
    public static Task RunAsync(Action action) => Task.Factory.StartNew(
        () =>
        {
            GiveWay();
            action();
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // .NET's thread priorities have no effect on Linux. The thread ends with the image, so nothing else runs with its
    // priority.
    private static void GiveWay()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(0, ThisThread, Niceness);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int niceness);
}
