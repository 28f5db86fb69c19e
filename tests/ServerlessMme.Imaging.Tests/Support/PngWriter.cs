using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>Writes PNGs of any color type, with filters and pixels of any value.</summary>
internal static class PngWriter
{
    /// <summary>A PNG of random pixels; each row has a filter of its own.</summary>
    public static byte[] Random(Random random, int width, int height, byte depth, byte colors)
    {
        var raw = new byte[height * (1 + RowBytes(width, depth, colors))];
        random.NextBytes(raw);
        for (var y = 0; y < height; y++)
        {
            raw[y * (raw.Length / height)] = (byte)random.Next(5);
        }

        var palette = new byte[colors == 3 ? 3 * random.Next(1, (1 << depth) + 1) : 0];
        random.NextBytes(palette);
        return Png(
            Header(width, height, depth, colors),
            palette.Length == 0 ? [] : Chunk("PLTE"u8, palette),
            Chunk("IDAT"u8, Deflated(raw)));
    }

    /// <summary>A whole file: the signature, these chunks, and the end.</summary>
    public static byte[] Png(params byte[][] chunks) =>
        [0x89, .. "PNG\r\n\u001a\n"u8, .. chunks.SelectMany(chunk => chunk), .. Chunk("IEND"u8, [])];

    /// <summary>The first chunk.</summary>
    public static byte[] Header(int width, int height, byte depth, byte colors)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9]) = (depth, colors);
        return Chunk("IHDR"u8, data);
    }

    /// <summary>A chunk with its checksum.</summary>
    public static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4..^4)));
        return chunk;
    }

    public static byte[] Deflated(byte[] raw)
    {
        using var file = new MemoryStream();
        using (var zlib = new ZLibStream(file, CompressionLevel.Fastest))
        {
            zlib.Write(raw);
        }

        return file.ToArray();
    }

    public static int RowBytes(int width, byte depth, byte colors) =>
        ((width * depth * (colors switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 })) + 7) / 8;
}
