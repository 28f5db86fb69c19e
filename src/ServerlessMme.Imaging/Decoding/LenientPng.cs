using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// Corrects the checksums of a PNG's pixel data, which Pillow doesn't verify. Pillow does verify the checksums of
/// earlier chunks.
/// </summary>
internal static class LenientPng
{
    private const int SignatureLength = 8;
    private const int TypeLength = 4;

    /// <summary>Returns a copy, rented from the shared pool, or null if all checksums are correct.</summary>
    /// <param name="length">Length of the copy, in bytes.</param>
    public static byte[]? TryRent(ReadOnlySpan<byte> png, out int length)
    {
        length = png.Length;
        byte[]? copy = null;
        for (var at = SignatureLength; TryChunk(png[at..], out var chunk, out var checksum);)
        {
            at += sizeof(uint) + chunk.Length + sizeof(uint);
            var right = chunk.StartsWith("IDAT"u8) ? Crc32.HashToUInt32(chunk) : checksum;
            if (right != checksum)
            {
                copy ??= Copy(png);
                BinaryPrimitives.WriteUInt32BigEndian(copy.AsSpan(at - sizeof(uint)), right);
            }
        }

        return copy;
    }

    /// <param name="chunk">The chunk's type and data, which the checksum covers.</param>
    private static bool TryChunk(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> chunk, out uint checksum)
    {
        chunk = default;
        checksum = 0;
        const int Overhead = sizeof(uint) + TypeLength + sizeof(uint);
        if (bytes.Length < Overhead
            || BinaryPrimitives.ReadUInt32BigEndian(bytes) is var length && length > bytes.Length - Overhead)
        {
            return false;
        }

        chunk = bytes.Slice(sizeof(uint), TypeLength + (int)length);
        checksum = BinaryPrimitives.ReadUInt32BigEndian(bytes[(sizeof(uint) + chunk.Length)..]);
        return true;
    }

    private static byte[] Copy(ReadOnlySpan<byte> png)
    {
        var copy = ArrayPool<byte>.Shared.Rent(png.Length);
        png.CopyTo(copy);
        return copy;
    }
}
