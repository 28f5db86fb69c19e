using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Archives;

/// <summary>Starts tries at archives. Thread-safe.</summary>
public sealed class ArchiveRuns(
    IArchiveStore store, WorkingMemory memory, IOptions<ArchiveOptions> options, IOptions<ImageOptions> images,
    TimeProvider time)
{
    internal async Task<ArchiveRun?> OpenAsync(
        ModelName model, string archive, string version, CancellationToken cancellationToken)
    {
        var work = await store.OpenAsync(model, archive, version, cancellationToken);
        return work is null ? null : new ArchiveRun(work, memory.Images, options.Value, images.Value, time);
    }
}
