using System.Threading.RateLimiting;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Access;

/// <summary>
/// Limits concurrent work: making thumbnails, reading archives, and listing whole containers. Thread-safe.
/// </summary>
internal sealed class WorkLimits : IDisposable
{
    private const int MaxScans = 4;
    private const int MaxArchives = 2;
    private const int MaxUploads = 8;
    private const int MaxQueued = 256;

    // A page requests four at once. A thumbnail mostly waits for storage, and decoding has its own limit.
    private const int MinThumbnails = 4;

    // Newest first, because a scrolling page needs the images that it shows now.
    private readonly ConcurrencyLimiter _thumbnails = Create(
        Math.Max(MinThumbnails, Environment.ProcessorCount), QueueProcessingOrder.NewestFirst);

    private readonly ConcurrencyLimiter _archives = Create(MaxArchives, QueueProcessingOrder.NewestFirst);

    private readonly ConcurrencyLimiter _scans = Create(MaxScans, QueueProcessingOrder.OldestFirst);

    private readonly ConcurrencyLimiter _uploads = Create(MaxUploads, QueueProcessingOrder.OldestFirst);

    /// <summary>Waits for a turn to decode an image; the turn lasts until the lease is disposed.</summary>
    public Task<RateLimitLease> ThumbnailAsync(CancellationToken cancellationToken) =>
        AcquireAsync(_thumbnails, cancellationToken);

    /// <summary>
    /// Waits for a turn to read an archive up to one of its entries, which takes longer than reading a single image;
    /// the turn lasts until the lease is disposed.
    /// </summary>
    public Task<RateLimitLease> ArchiveAsync(CancellationToken cancellationToken) =>
        AcquireAsync(_archives, cancellationToken);

    /// <summary>Waits for a turn to list a whole container; the turn lasts until the lease is disposed.</summary>
    public Task<RateLimitLease> ScanAsync(CancellationToken cancellationToken) =>
        AcquireAsync(_scans, cancellationToken);

    /// <summary>
    /// Waits for a turn to store a file, part of which is held in memory; the turn lasts until the lease is disposed.
    /// </summary>
    public Task<RateLimitLease> UploadAsync(CancellationToken cancellationToken) =>
        AcquireAsync(_uploads, cancellationToken);

    public void Dispose()
    {
        _uploads.Dispose();
        _thumbnails.Dispose();
        _archives.Dispose();
        _scans.Dispose();
    }

    private static async Task<RateLimitLease> AcquireAsync(
        ConcurrencyLimiter limiter, CancellationToken cancellationToken)
    {
        var lease = await limiter.AcquireAsync(1, cancellationToken);
        return lease.IsAcquired
            ? lease
            : throw new ConsoleException(503, "Busy", "Too many requests are waiting. Try again later.");
    }

    private static ConcurrencyLimiter Create(int permits, QueueProcessingOrder order) => new(
        new ConcurrencyLimiterOptions
        {
            PermitLimit = permits,
            QueueLimit = MaxQueued,
            QueueProcessingOrder = order,
        });
}
