using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ServerlessMme.Imaging.Png;

/// <summary>
/// Undoes the filters of a PNG's rows. A pixel of up to 8 bytes is loaded and stored as 8 bytes, and the next pixel
/// overwrites the excess bytes. All rows have room for a vector past their end.
/// </summary>
internal static class PngFilters
{
    /// <summary>Spare bytes after the end of each row.</summary>
    public const int Slack = 32;

    /// <summary>Undoes the filter of one row. Returns false if the filter doesn't exist.</summary>
    /// <param name="raw">The filtered row.</param>
    /// <param name="above">The row above; zeros for the first row.</param>
    /// <param name="row">Receives the row.</param>
    /// <param name="length">Bytes per row.</param>
    /// <param name="stride">Distance from a byte to its neighbor on the right, in bytes, at most 8.</param>
    public static bool TryUndo(
        byte filter, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> above, Span<byte> row, int length, int stride)
    {
        raw = raw[..(length + Slack)];
        above = above[..(length + Slack)];
        row = row[..(length + Slack)];
        switch (filter)
        {
            case 0:
                raw[..length].CopyTo(row);
                return true;
            case 1:
                Left(raw, row, length, stride);
                return true;
            case 2:
                Up(raw, above, row, length);
                return true;
            case 3:
                Average(raw, above, row, length, stride);
                return true;
            case 4:
                Paeth(raw, above, row, length, stride);
                return true;
            default:
                return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Left(ReadOnlySpan<byte> raw, Span<byte> row, int length, int stride)
    {
        var left = Vector128<byte>.Zero;
        for (var x = 0; x < length; x += stride)
        {
            left += Load(raw, x);
            Store(left, row, x);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Up(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> above, Span<byte> row, int length)
    {
        for (var x = 0; x < length; x += Vector256<byte>.Count)
        {
            (Vector256.Create(raw[x..]) + Vector256.Create(above[x..])).CopyTo(row[x..]);
        }
    }

    // Half the sum, rounded down: the bits that both bytes have, plus half of the bits that only one of them has.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Average(
        ReadOnlySpan<byte> raw, ReadOnlySpan<byte> above, Span<byte> row, int length, int stride)
    {
        var left = Vector128<byte>.Zero;
        var sevenBits = Vector128.Create((byte)0x7F);
        for (var x = 0; x < length; x += stride)
        {
            var up = Load(above, x);
            var half = ((left ^ up).AsUInt16() >> 1).AsByte() & sevenBits;
            left = (left & up) + half + Load(raw, x);
            Store(left, row, x);
        }
    }

    // The neighbor that is nearest to left + up - upper left. If several are equally near, the first in this order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Paeth(
        ReadOnlySpan<byte> raw, ReadOnlySpan<byte> above, Span<byte> row, int length, int stride)
    {
        var (left, corner) = (Vector128<short>.Zero, Vector128<short>.Zero);
        var bytes = Vector128.Create((short)byte.MaxValue);
        for (var x = 0; x < length; x += stride)
        {
            var up = Widen(above, x);
            var (fromLeft, fromUp) = (up - corner, left - corner);
            var fromCorner = Vector128.Abs(fromLeft + fromUp);
            (fromLeft, fromUp) = (Vector128.Abs(fromLeft), Vector128.Abs(fromUp));
            var least = Vector128.Min(fromCorner, Vector128.Min(fromLeft, fromUp));
            var nearest = Vector128.ConditionalSelect(
                Vector128.Equals(least, fromLeft),
                left,
                Vector128.ConditionalSelect(Vector128.Equals(least, fromUp), up, corner));
            left = (nearest + Widen(raw, x)) & bytes;
            corner = up;
            Store(Vector128.Narrow(left.AsUInt16(), left.AsUInt16()), row, x);
        }
    }

    private static Vector128<byte> Load(ReadOnlySpan<byte> row, int x) =>
        Vector128.CreateScalarUnsafe(MemoryMarshal.Read<ulong>(row[x..])).AsByte();

    private static Vector128<short> Widen(ReadOnlySpan<byte> row, int x) =>
        Vector128.WidenLower(Load(row, x)).AsInt16();

    private static void Store(Vector128<byte> pixel, Span<byte> row, int x) =>
        MemoryMarshal.Write(row[x..], pixel.AsUInt64().ToScalar());
}
