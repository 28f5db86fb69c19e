using System.Buffers.Binary;
using System.IO.Hashing;

namespace ServerlessMme.Imaging.Png;

/// <summary>Where one chunk of a PNG lies in the file.</summary>
/// <param name="At">The chunk's first byte.</param>
/// <param name="Length">Bytes of its data.</param>
internal readonly record struct PngChunk(int At, int Length)
{
    private const int TypeLength = 4;
    private const int Overhead = sizeof(uint) + TypeLength + sizeof(uint);

    /// <summary>The first byte of its data.</summary>
    public int DataAt => At + sizeof(uint) + TypeLength;

    /// <summary>The first byte after it.</summary>
    public int End => At + Overhead + Length;

    /// <summary>The chunk at a place; null unless the file has all of it.</summary>
    public static PngChunk? TryRead(ReadOnlySpan<byte> png, int at)
    {
        var rest = png.Length - at;
        return rest >= Overhead && BinaryPrimitives.ReadUInt32BigEndian(png[at..]) is var length
            && length <= rest - Overhead
            ? new PngChunk(at, (int)length)
            : null;
    }

    /// <summary>True when it has this type, of four letters.</summary>
    public bool Is(ReadOnlySpan<byte> png, ReadOnlySpan<byte> type) => Type(png).SequenceEqual(type);

    /// <summary>The first byte after it and after those of its type that follow it.</summary>
    public int EndOfRun(ReadOnlySpan<byte> png)
    {
        var last = this;
        while (TryRead(png, last.End) is { } next && next.Is(png, Type(png)))
        {
            last = next;
        }

        return last.End;
    }

    /// <summary>The four letters of its type.</summary>
    public ReadOnlySpan<byte> Type(ReadOnlySpan<byte> png) => png.Slice(At + sizeof(uint), TypeLength);

    /// <summary>Its data.</summary>
    public ReadOnlySpan<byte> Data(ReadOnlySpan<byte> png) => png.Slice(DataAt, Length);

    /// <summary>True when its checksum is that of its type and data.</summary>
    public bool IsSound(ReadOnlySpan<byte> png) =>
        BinaryPrimitives.ReadUInt32BigEndian(png[(DataAt + Length)..])
        == Crc32.HashToUInt32(png.Slice(At + sizeof(uint), TypeLength + Length));
}
