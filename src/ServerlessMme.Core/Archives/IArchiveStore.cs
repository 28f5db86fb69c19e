using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Archives;

/// <summary>Where archives are, and where their answers go. Thread-safe.</summary>
public interface IArchiveStore
{
    /// <summary>Begins, or goes on with, an archive's answer; null when its answer is current.</summary>
    /// <param name="version">The model version that answers.</param>
    Task<IArchiveWork?> OpenAsync(
        ModelName model, string archive, string version, CancellationToken cancellationToken);
}

/// <summary>One archive on its way to its answer. Not thread-safe.</summary>
public interface IArchiveWork : IAsyncDisposable
{
    /// <summary>Which archive, and which bytes of it.</summary>
    ImageReference Archive { get; }

    /// <summary>The archive's bytes, from the first on.</summary>
    Stream Content { get; }

    /// <summary>Why there are no bytes; null when there are.</summary>
    Refusal? Refusal { get; }

    /// <summary>What the lines that an earlier try kept have in them.</summary>
    ArchiveTally Kept { get; }

    /// <summary>Keeps further lines, so that a later try goes on after them.</summary>
    /// <exception cref="ArchiveTakenException">Somebody else has kept lines meanwhile.</exception>
    Task KeepAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken);

    /// <summary>Keeps the last lines and makes the answer whole.</summary>
    /// <exception cref="ArchiveTakenException">Somebody else has kept lines meanwhile.</exception>
    Task CompleteAsync(
        ReadOnlyMemory<byte> lines, ReadOnlyMemory<byte> summary, CancellationToken cancellationToken);
}

/// <summary>
/// Another worker answers the same archive and was first. It has a message of its own for it, so that this one's can
/// be given up.
/// </summary>
public sealed class ArchiveTakenException(string archive)
    : Exception($"'{Printable.Text(archive)}' is answered by another worker.");
