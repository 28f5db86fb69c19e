using System.Runtime.InteropServices;
using System.Threading.RateLimiting;

namespace ServerlessMme.Imaging;

/// <summary>
/// Decodes large images on threads of their own, at most one per processor, which yield to other threads. The pool has
/// one thread per processor, which small images need in the meantime. Thread-safe.
/// </summary>
internal static partial class LargeImages
{
    /// <summary>Pixels from which an image is large: it takes some 10 ms to decode.</summary>
    private const int LargePixels = 4_000_000;

    // A third of the time that a thread of normal priority gets.
    private const int Niceness = 5;
    private const int ThisThread = 0;

    // Never disposed: a limiter without a timer holds nothing but memory.
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

    /// <summary>Runs an action to its end. The caller must hold a turn until then.</summary>
    public static Task RunAsync(Action action) => Task.Factory.StartNew(
        () =>
        {
            GiveWay();
            action();
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // .NET's thread priorities have no effect on Linux. The thread ends with the image, so nobody inherits it.
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
