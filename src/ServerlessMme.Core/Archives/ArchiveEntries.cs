using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives.Reading;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;

namespace ServerlessMme.Core.Archives;

/// <summary>
/// Reads single archive entries for display. An archive can only be read from its beginning, so entries too far into it
/// are refused. Thread-safe.
/// </summary>
public sealed class ArchiveEntries(
    WorkingMemory memory, IOptions<ArchiveOptions> options, IOptions<ImageOptions> images)
{
    /// <summary>Maximum number of unpacked bytes to read for one entry.</summary>
    public const long MaxBytes = 256 << 20;

    /// <summary>Maximum number of entries to read to find one, including that entry.</summary>
    public const int MaxEntries = 100_000;

    /// <summary>Reads the first entry with a given name.</summary>
    /// <param name="archive">The archive. The entry shares its version.</param>
    /// <param name="content">The archive's bytes, from the beginning.</param>
    /// <param name="image"><c>{archive}/{entry}</c>, as in the entry's label.</param>
    public async Task<FetchedImage> ReadAsync(
        ImageReference archive, Stream content, string image, CancellationToken cancellationToken)
    {
        // The entry's size isn't known before it is read.
        var held = await memory.Images.AcquireAsync(images.Value.ReadingBytes, cancellationToken);
        try
        {
            using var reader = ArchiveReader.Open(archive.Name, content, Limits());
            while (reader.Next() is { } entry)
            {
                if ($"{archive.Name}/{entry.Name}" != image)
                {
                    entry.Return();
                    cancellationToken.ThrowIfCancellationRequested();
                    continue;
                }

                var reference = archive with { Name = image, Bytes = entry.Bytes };
                if (entry.Refusal is { } refusal)
                {
                    return new FetchedImage(reference, null, refusal);
                }

                var encoded = new EncodedImage(reference, entry.Rented!, (int)entry.Bytes, held);
                held = null;
                return new FetchedImage(reference, encoded, null);
            }

            return new FetchedImage(archive with { Name = image, Bytes = 0 }, null, Explain(reader.Refusal, image));
        }
        finally
        {
            held?.Dispose();
        }
    }

    private ArchiveLimits Limits() => options.Value.ToLimits(images.Value) with
    {
        MaxEntries = Math.Min(options.Value.MaxEntries, MaxEntries),
        MaxExpandedBytes = Math.Min(options.Value.MaxExpandedBytes, MaxBytes),
    };

    private static Refusal Explain(Refusal? refusal, string image) => refusal switch
    {
        { Code: ErrorCode.ArchiveTooLarge or ErrorCode.TooManyEntries } => new Refusal(
            refusal.Code,
            $"'{Printable.Text(image)}' is too far from the beginning of its archive to be shown. Unpack the "
            + "archive to see it."),
        null => new Refusal(
            ErrorCode.ImageNotFound,
            $"'{Printable.Text(image)}' is not in its archive. The archive may have been replaced after the entry was "
            + "labeled."),
        _ => refusal,
    };
}
