using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// The pass down on AVX2, 32 bytes of a row at a time. Unpacking and packing both work within lanes of 16 bytes, so the
/// bytes end up where they were. The counterpart of <see cref="VectorDown512"/>.
/// </summary>
internal static class VectorDown256
{
    /// <summary>Bytes per step. A row must have at least this many.</summary>
    public const int BlockBytes = 32;

    /// <summary>Computes one target row from the held source rows.</summary>
    public static void Run(PackedWeights axis, int targetRow, RowWindow window, Span<byte> target)
    {
        var groups = MemoryMarshal.Cast<short, int>(axis.Parts(targetRow));
        var slot = window.Slot(axis.First(targetRow));
        // The last block overlaps the previous one, unless the row's length is a multiple of a block's.
        for (var x = 0; x < target.Length; x += BlockBytes)
        {
            var at = Math.Min(x, target.Length - BlockBytes);
            Block(groups, window, slot, at).CopyTo(target[at..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector256<byte> Block(ReadOnlySpan<int> groups, RowWindow window, int slot, int x)
    {
        var sums = default(Sums);
        ref var memory = ref MemoryMarshal.GetReference(window.Memory[x..]);
        for (var i = 0; i + 3 < groups.Length; i += PackedWeights.Group)
        {
            var row0 = Vector256.LoadUnsafe(ref memory, (nuint)slot);
            slot = window.NextSlot(slot);
            var row1 = Vector256.LoadUnsafe(ref memory, (nuint)slot);
            slot = window.NextSlot(slot);
            sums.Add(row0, row1, groups[i], groups[i + 2]);
            row0 = Vector256.LoadUnsafe(ref memory, (nuint)slot);
            slot = window.NextSlot(slot);
            row1 = Vector256.LoadUnsafe(ref memory, (nuint)slot);
            slot = window.NextSlot(slot);
            sums.Add(row0, row1, groups[i + 1], groups[i + 3]);
        }

        return sums.Round();
    }

    private struct Sums
    {
        private Vector256<int> _low0, _low1, _low2, _low3, _high0, _high1, _high2, _high3;

        /// <summary>Adds two rows, each multiplied by its weight. The weights' parts come in pairs.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector256<byte> row0, Vector256<byte> row1, int low, int high)
        {
            var (lows, highs) = (Vector256.Create(low).AsInt16(), Vector256.Create(high).AsInt16());
            var pairs = Avx2.UnpackLow(row0, row1);
            var values = Avx2.UnpackLow(pairs, Vector256<byte>.Zero).AsInt16();
            _low0 += Avx2.MultiplyAddAdjacent(values, lows);
            _high0 += Avx2.MultiplyAddAdjacent(values, highs);
            values = Avx2.UnpackHigh(pairs, Vector256<byte>.Zero).AsInt16();
            _low1 += Avx2.MultiplyAddAdjacent(values, lows);
            _high1 += Avx2.MultiplyAddAdjacent(values, highs);
            pairs = Avx2.UnpackHigh(row0, row1);
            values = Avx2.UnpackLow(pairs, Vector256<byte>.Zero).AsInt16();
            _low2 += Avx2.MultiplyAddAdjacent(values, lows);
            _high2 += Avx2.MultiplyAddAdjacent(values, highs);
            values = Avx2.UnpackHigh(pairs, Vector256<byte>.Zero).AsInt16();
            _low3 += Avx2.MultiplyAddAdjacent(values, lows);
            _high3 += Avx2.MultiplyAddAdjacent(values, highs);
        }

        /// <summary>
        /// Returns the sums as bytes. Saturation clips exactly, because 10 bits are left after the shift.
        /// </summary>
        public readonly Vector256<byte> Round() => Avx2.PackUnsignedSaturate(
            Avx2.PackSignedSaturate(Shift(_low0, _high0), Shift(_low1, _high1)),
            Avx2.PackSignedSaturate(Shift(_low2, _high2), Shift(_low3, _high3)));

        private static Vector256<int> Shift(Vector256<int> low, Vector256<int> high) =>
            (low + (high << PackedWeights.LowBits) + Vector256.Create(Axis.Half)) >> Axis.FractionBits;
    }
}
