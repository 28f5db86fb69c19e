using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Archives;

/// <summary>Begins work on archives. Thread-safe.</summary>
public sealed class ArchiveRuns(
    IArchiveStore store, IOptions<ArchiveOptions> options, IOptions<ImageOptions> images, TimeProvider time)
{
    internal async Task<ArchiveRun?> OpenAsync(
        ModelName model, string archive, string version, CancellationToken cancellationToken)
    {
        var work = await store.OpenAsync(model, archive, version, cancellationToken);
        return work is null ? null : new ArchiveRun(work, options.Value, images.Value, time);
    }
}

/// <summary>What became of an archive in one try.</summary>
public enum ArchiveState
{
    /// <summary>Its answer is whole.</summary>
    Complete,

    /// <summary>Its answer was current already.</summary>
    Current,

    /// <summary>Its time slice is over; ask again, and the answer goes on from there.</summary>
    Paused,
}

/// <summary>What became of an archive in one try, and of the entries that the try came to.</summary>
public readonly record struct ArchiveResult(ArchiveState State, Pipeline.BatchCounts Counts);
