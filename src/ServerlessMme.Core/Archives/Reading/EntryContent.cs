using System.Buffers;

namespace ServerlessMme.Core.Archives.Reading;

/// <summary>Reads one entry to its end. Bytes beyond the limit on images are only counted.</summary>
internal static class EntryContent
{
    private const int FirstLength = 16 * 1024;

    /// <summary>
    /// Returns a rented array with the bytes, and their number. The array is null if there are more than
    /// <paramref name="maxBytes"/>.
    /// </summary>
    /// <param name="count">Called with each piece as it is read.</param>
    public static (byte[]? Rented, long Bytes) Read(Stream content, int maxBytes, Action<byte[], int, int> count)
    {
        // The array doubles as bytes arrive, because the size in the header cannot be trusted.
        var rented = ArrayPool<byte>.Shared.Rent(FirstLength);
        try
        {
            var kept = 0;
            var total = 0L;
            while (true)
            {
                if (kept == rented.Length && kept <= maxBytes)
                {
                    rented = Grow(rented, kept);
                }

                // Past the limit, bytes are only counted, so they overwrite each other.
                var at = total > maxBytes ? 0 : kept;
                var read = content.Read(rented, at, rented.Length - at);
                if (read == 0)
                {
                    break;
                }

                count(rented, at, read);
                total += read;
                kept = total > maxBytes ? 0 : kept + read;
            }

            if (total <= maxBytes)
            {
                return (rented, total);
            }

            ArrayPool<byte>.Shared.Return(rented);
            return (null, total);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    private static byte[] Grow(byte[] rented, int kept)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(kept * 2L, Array.MaxLength));
        rented.AsSpan(0, kept).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(rented);
        return larger;
    }
}
