using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// The weighted sums of rows for the unfinished target positions. Position t is in slot t modulo the number of slots.
/// Sums wrap at 32 bits as in <see cref="Passes"/>, so the results are bit-identical.
/// </summary>
internal readonly ref struct ColumnSums(Span<int> memory, int length, Axis axis)
{
    private readonly Span<int> _memory = memory;
    private readonly int _slots = memory.Length / length;

    /// <summary>True if there are no slots.</summary>
    public bool IsEmpty => _memory.IsEmpty;

    /// <summary>Adds a source row to every target position whose run includes it.</summary>
    /// <param name="y">The source row's position.</param>
    /// <param name="next">The first unfinished target position.</param>
    public void Add(int y, int next, ReadOnlySpan<byte> row)
    {
        for (var target = next; target < axis.TargetLength && axis.First(target) <= y; target++)
        {
            if (y >= axis.End(target))
            {
                continue;
            }

            var sums = Slot(target);
            if (y == axis.First(target))
            {
                sums.Fill(Axis.Half);
            }

            Add(row[..sums.Length], axis.Weights(target)[y - axis.First(target)], sums);
        }
    }

    /// <summary>Writes the sums of a finished target position as bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Round(int target, Span<byte> row)
    {
        var sums = Slot(target);
        for (var x = 0; x < sums.Length; x++)
        {
            row[x] = (byte)Math.Clamp(sums[x] >> Axis.FractionBits, 0, 255);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        var x = 0;
        if (Avx2.IsSupported)
        {
            var weights = Vector256.Create(weight);
            for (; x + Vector128<byte>.Count <= row.Length; x += Vector128<byte>.Count)
            {
                var bytes = Vector128.Create(row[x..]);
                var low = Avx2.ConvertToVector256Int32(bytes) * weights;
                var high = Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane(bytes, 8)) * weights;
                (Vector256.Create<int>(sums[x..]) + low).CopyTo(sums[x..]);
                var rest = sums[(x + Vector256<int>.Count)..];
                (Vector256.Create<int>(rest) + high).CopyTo(rest);
            }
        }

        for (; x < row.Length; x++)
        {
            sums[x] += row[x] * weight;
        }
    }

    private Span<int> Slot(int target) => _memory.Slice(target % _slots * length, length);
}
