using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using ServerlessMme.Core.Archives.Reading;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;

namespace ServerlessMme.Core.Archives;

/// <summary>
/// One try at one archive. Turns the archive's entries into images and their labels into lines, both in the archive's
/// order. Entries answered by an earlier try are read again, because an archive can only be read from its beginning,
/// but they are not decoded or labeled again.
/// </summary>
internal sealed class ArchiveRun(
    IArchiveWork work, MemoryGate memory, ArchiveOptions options, ImageOptions images, TimeProvider time)
    : IAsyncDisposable
{
    private readonly ArchiveLines _lines = new(work, options, time);
    private readonly long _first = work.Kept.Lines;
    private Refusal? _refusal = work.Refusal;

    /// <summary>True if the time slice ended before the end of the archive.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The entries that have no line yet.</summary>
    public async IAsyncEnumerable<FetchedImage> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_refusal is not null)
        {
            yield break;
        }

        using var reader = ArchiveReader.Open(work.Archive.Name, work.Content, options.ToLimits(images));
        var began = time.GetTimestamp();
        // Held while an entry is read, because its size isn't known before that.
        RateLimitLease? reading = null;
        try
        {
            for (var place = 0L; ; place++)
            {
                reading ??= await memory.AcquireAsync(images.ReadingBytes, cancellationToken);
                if (reader.Next() is not { } entry)
                {
                    break;
                }

                cancellationToken.ThrowIfCancellationRequested();
                if (place < _first)
                {
                    entry.Return();
                    continue;
                }

                // The slice starts at the first new entry, so every slice answers at least one.
                if (place == _first)
                {
                    began = time.GetTimestamp();
                }
                else if (time.GetElapsedTime(began) >= options.TimeSlice)
                {
                    entry.Return();
                    IsPaused = true;
                    yield break;
                }

                var held = reading;
                if (ImageOptions.MemoryOf(entry.Bytes) is var needed && needed <= memory.SmallBytes)
                {
                    held = await memory.AcquireAsync(needed, cancellationToken);
                    // Others may read while this entry waits its turn.
                    reading.Dispose();
                }

                // A large entry keeps its reservation, because readers that exchange theirs could deadlock.
                reading = null;

                await ReserveLineAsync(held, cancellationToken);
                yield return ToImage(entry, place, held);
            }
        }
        finally
        {
            reading?.Dispose();
        }

        _refusal = reader.Refusal;
    }

    /// <summary>Adds the label of one entry.</summary>
    public Task WriteAsync(Label label, CancellationToken cancellationToken) =>
        _lines.AddAsync(label, cancellationToken);

    /// <summary>Stores the remaining lines and, unless paused, the summary that completes the answer.</summary>
    public Task FinishAsync(AnsweringModel model, CancellationToken cancellationToken) => IsPaused
        ? _lines.PauseAsync(cancellationToken)
        : _lines.CompleteAsync(
            ArchiveSummary.Write(work.Archive, model, _lines.Tally, _refusal, time.GetUtcNow()), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _lines.DisposeAsync();
        await work.DisposeAsync();
    }

    private async Task ReserveLineAsync(RateLimitLease held, CancellationToken cancellationToken)
    {
        try
        {
            await _lines.ReserveAsync(cancellationToken);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private FetchedImage ToImage(ArchiveEntry entry, long place, RateLimitLease held)
    {
        var reference = new ImageReference(
            work.Archive.Container, $"{work.Archive.Name}/{entry.Name}", work.Archive.ETag, entry.Bytes, place);
        if (entry.Refusal is not { } refusal)
        {
            return new FetchedImage(
                reference, new EncodedImage(reference, entry.Rented!, (int)entry.Bytes, held), null);
        }

        held.Dispose();
        return new FetchedImage(reference, null, refusal);
    }
}
