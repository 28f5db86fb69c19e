using System.Buffers.Binary;
using System.IO.Hashing;

namespace ServerlessMme.Imaging.Png;

/// <summary>The location of a PNG's chunk in the file.</summary>
/// <param name="At">Offset of the chunk's first byte.</param>
/// <param name="Length">Length of the chunk's data, in bytes.</param>
internal readonly record struct PngChunk(int At, int Length)
{
    private const int TypeLength = 4;
    private const int Overhead = sizeof(uint) + TypeLength + sizeof(uint);

    /// <summary>Offset of the first byte of the chunk's data.</summary>
    public int DataAt => At + sizeof(uint) + TypeLength;

    /// <summary>Offset of the first byte after the chunk.</summary>
    public int End => At + Overhead + Length;

    /// <summary>Reads the chunk at an offset. Returns null if the file doesn't contain the whole chunk.</summary>
    public static PngChunk? TryRead(ReadOnlySpan<byte> png, int at)
    {
        var rest = png.Length - at;
        return rest >= Overhead && BinaryPrimitives.ReadUInt32BigEndian(png[at..]) is var length
            && length <= rest - Overhead
            ? new PngChunk(at, (int)length)
            : null;
    }

    /// <summary>Returns true if the chunk has this type of four letters.</summary>
    public bool Is(ReadOnlySpan<byte> png, ReadOnlySpan<byte> type) => Type(png).SequenceEqual(type);

    /// <summary>Returns the offset after this chunk and all directly following chunks of the same type.</summary>
    public int EndOfRun(ReadOnlySpan<byte> png)
    {
        var last = this;
        while (TryRead(png, last.End) is { } next && next.Is(png, Type(png)))
        {
            last = next;
        }

        return last.End;
    }

    /// <summary>Returns the four letters of the chunk's type.</summary>
    public ReadOnlySpan<byte> Type(ReadOnlySpan<byte> png) => png.Slice(At + sizeof(uint), TypeLength);

    /// <summary>Returns the chunk's data.</summary>
    public ReadOnlySpan<byte> Data(ReadOnlySpan<byte> png) => png.Slice(DataAt, Length);

    /// <summary>Returns true if the checksum matches the chunk's type and data.</summary>
    public bool IsSound(ReadOnlySpan<byte> png) =>
        BinaryPrimitives.ReadUInt32BigEndian(png[(DataAt + Length)..])
        == Crc32.HashToUInt32(png.Slice(At + sizeof(uint), TypeLength + Length));
}
