using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// Reads the coefficients of blocks from the compressed data (ITU-T T.81, annex F). It fails on data that no encoder
/// writes. The coefficients that it has read by then must not be used. Not thread-safe.
/// </summary>
internal ref struct EntropyReader(ReadOnlySpan<byte> bytes, int at)
{
    private const int FewBits = 32;
    private const byte EndOfImage = 0xD9;
    private const byte FirstRestart = 0xD0;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at = at;
    private ulong _bits;
    private int _count;
    private int _pastEnd;

    /// <summary>
    /// The positions of the coefficients in a block that is stored by rows. A run may lead past the last coefficient.
    /// </summary>
    public static ReadOnlySpan<byte> Zigzag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14,
        21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60,
        61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
    ];

    /// <summary>
    /// Reads a block's 64 coefficients, by rows. All but the first must be 0 before the call. The first coefficient is
    /// the difference from that of the channel's previous block. Returns the number of coefficients, in zigzag order,
    /// that may be nonzero, or 0 if the data is damaged.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int ReadBlock(HuffmanTable dc, HuffmanTable ac, scoped Span<short> block)
    {
        if (_count < FewBits)
        {
            Fill();
        }

        var entry = dc.Entries[(int)(_bits >> (64 - HuffmanTable.LookupBits))];
        if (entry == 0)
        {
            entry = dc.Find((int)(_bits >> (64 - HuffmanTable.MaxCodeBits)));
        }

        if (entry == 0)
        {
            return 0;
        }

        block[0] = HuffmanTable.HasNumber(entry) ? HuffmanTable.Number(entry)
            : HuffmanTable.NumberBits(entry) == 0 ? (short)0 : LongNumber(_bits, entry);
        _bits <<= HuffmanTable.TotalBits(entry);
        _count -= HuffmanTable.TotalBits(entry);
        return ReadRest(ac, block);
    }

    /// <summary>
    /// Returns true if the data ends here and a restart marker follows. Reading continues after the marker.
    /// </summary>
    /// <param name="index">Number of restart markers before this one.</param>
    public bool TryRestart(int index)
    {
        if (!TryEnd(out var marker) || marker != FirstRestart + (index & 7))
        {
            return false;
        }

        (_bits, _count, _pastEnd) = (0, 0, 0);
        return true;
    }

    /// <summary>True if a read went past the end of the data.</summary>
    public readonly bool IsPastEnd => _count < _pastEnd;

    /// <summary>Returns true if the data ends here and the end of the image follows.</summary>
    public bool IsAtEnd() => TryEnd(out var marker) && marker == EndOfImage;

    // The state is in local variables, which stay in registers because nothing more is inlined here. It is copied to
    // the fields where a method needs it. At least 56 bits are buffered at first: enough for one looked-up entry and
    // any entry after it.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int ReadRest(HuffmanTable ac, scoped Span<short> block)
    {
        var entries = ac.Entries;
        var (bits, count, at) = (_bits, _count, _at);
        var k = 1;
        while (k < 64)
        {
            // Unconditionally, because reading is cheaper than a branch that can't be predicted.
            var next = at <= _bytes.Length - sizeof(ulong)
                ? BinaryPrimitives.ReadUInt64BigEndian(_bytes[at..])
                : ulong.MaxValue;
            if (HasMarker(next))
            {
                (_bits, _count, _at) = (bits, count, at);
                Fill();
                (bits, count, at) = (_bits, _count, _at);
            }
            else
            {
                bits |= next >> count;
                var whole = (63 - count) >> 3;
                at += whole;
                count += whole << 3;
            }

            var entry = entries[(int)(bits >> (64 - HuffmanTable.LookupBits))];
            if (HuffmanTable.HasNumber(entry))
            {
                Take(entry, ref bits, ref count, ref k, block);
                if (k > 63)
                {
                    break;
                }

                entry = entries[(int)(bits >> (64 - HuffmanTable.LookupBits))];
                if (HuffmanTable.HasNumber(entry))
                {
                    Take(entry, ref bits, ref count, ref k, block);
                    continue;
                }
            }

            if (entry == 0)
            {
                entry = ac.Find((int)(bits >> (64 - HuffmanTable.MaxCodeBits)));
            }

            if (entry == 0)
            {
                return 0;
            }

            k += HuffmanTable.Run(entry);
            if (HuffmanTable.NumberBits(entry) != 0)
            {
                block[Zigzag[k]] = LongNumber(bits, entry);
            }

            bits <<= HuffmanTable.TotalBits(entry);
            count -= HuffmanTable.TotalBits(entry);
            // This entry ends the block, unless it stands for 16 zeros.
            if (HuffmanTable.NumberBits(entry) == 0 && HuffmanTable.Run(entry) != 15)
            {
                break;
            }

            k++;
        }

        (_bits, _count, _at) = (bits, count, at);
        return k <= 64 ? k : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(
        int entry, scoped ref ulong bits, scoped ref int count, scoped ref int k, scoped Span<short> block)
    {
        k += HuffmanTable.Run(entry);
        block[Zigzag[k++]] = HuffmanTable.Number(entry);
        bits <<= HuffmanTable.TotalBits(entry);
        count -= HuffmanTable.TotalBits(entry);
    }

    // A number of n bits whose first bit is 0 is negative: its value is the number minus (2^n - 1).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short LongNumber(ulong bits, int entry)
    {
        var length = HuffmanTable.NumberBits(entry);
        var following = bits << HuffmanTable.CodeBits(entry);
        var negative = (int)((long)~following >> 63);
        return (short)((int)(following >> (64 - length)) - (negative & ((1 << length) - 1)));
    }

    // Returns true if any byte is 0xFF.
    private static bool HasMarker(ulong bytes) =>
        ((~bytes - 0x0101010101010101) & bytes & 0x8080808080808080) != 0;

    // Buffers as many whole bytes as there is room for. Bits below the counted bits belong to the next bytes, or are 0.
    // After the end of the data, it buffers and counts zeros.
    private void Fill()
    {
        for (; _count <= 56; _count += 8)
        {
            if (_at >= _bytes.Length || (_bytes[_at] == 0xFF && (_at + 1 >= _bytes.Length || _bytes[_at + 1] != 0)))
            {
                _pastEnd += 8;
                continue;
            }

            _bits |= (ulong)_bytes[_at] << (56 - _count);
            _at += _bytes[_at] == 0xFF ? 2 : 1;
        }
    }

    // The data ends with less than a byte of padding and a marker.
    private bool TryEnd(out byte marker)
    {
        Fill();
        marker = 0;
        if (IsPastEnd || _count - _pastEnd >= 8)
        {
            return false;
        }

        while (_at + 1 < _bytes.Length && _bytes[_at] == 0xFF && _bytes[_at + 1] == 0xFF)
        {
            _at++;
        }

        if (_at + 1 >= _bytes.Length || _bytes[_at] != 0xFF)
        {
            return false;
        }

        marker = _bytes[_at + 1];
        _at += 2;
        return true;
    }
}
