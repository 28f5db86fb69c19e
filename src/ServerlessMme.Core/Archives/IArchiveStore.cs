using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Archives;

/// <summary>Reads archives and stores their answers. Thread-safe.</summary>
public interface IArchiveStore
{
    /// <summary>Starts or resumes an archive's answer. Returns null if the answer is current.</summary>
    /// <param name="version">The model version that answers.</param>
    Task<IArchiveWork?> OpenAsync(
        ModelName model, string archive, string version, CancellationToken cancellationToken);
}

/// <summary>One archive and its answer in progress. Not thread-safe.</summary>
public interface IArchiveWork : IAsyncDisposable
{
    /// <summary>Identifies the archive and its version.</summary>
    ImageReference Archive { get; }

    /// <summary>The archive's bytes, from the beginning.</summary>
    Stream Content { get; }

    /// <summary>Why the archive has no content to read; null if it has.</summary>
    Refusal? Refusal { get; }

    /// <summary>Counts of the lines stored by earlier tries.</summary>
    ArchiveTally Kept { get; }

    /// <summary>Stores more lines. A later try continues after them.</summary>
    /// <exception cref="ArchiveTakenException">Another worker stored lines in the meantime.</exception>
    Task KeepAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken);

    /// <summary>Stores the last lines and the summary, which completes the answer.</summary>
    /// <exception cref="ArchiveTakenException">Another worker stored lines in the meantime.</exception>
    Task CompleteAsync(
        ReadOnlyMemory<byte> lines, ReadOnlyMemory<byte> summary, CancellationToken cancellationToken);
}

/// <summary>
/// Another worker is processing the same archive and stored lines first. That worker has its own message, so this one
/// can stop.
/// </summary>
public sealed class ArchiveTakenException(string archive)
    : Exception($"Another worker is already processing '{Printable.Text(archive)}'.");
