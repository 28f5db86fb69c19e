namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// A Huffman table (ITU-T T.81, annex C), indexed by the next bits of the data. An entry contains the meaning of the
/// code, and the total length of the code and the bits that follow it. Not thread-safe.
/// </summary>
internal sealed class HuffmanTable
{
    /// <summary>Bits of a code that one lookup resolves. Longer codes are rare.</summary>
    public const int LookupBits = 10;

    /// <summary>Bits of the longest code.</summary>
    public const int MaxCodeBits = 16;

    /// <summary>Symbols of the largest table.</summary>
    public const int MaxSymbols = 256;

    private const int WithNumber = 1 << 6;

    private readonly int[] _entries = new int[1 << LookupBits];
    private readonly int[] _lastCode = new int[MaxCodeBits + 1];
    private readonly int[] _symbolOffset = new int[MaxCodeBits + 1];
    private readonly byte[] _definition = new byte[MaxCodeBits + MaxSymbols];
    private int _definitionLength;

    /// <summary>The entries, indexed by the next bits of the data; 0 if the code is longer or invalid.</summary>
    public ReadOnlySpan<int> Entries => _entries;

    /// <summary>Returns true if the looked-up bits include the number that follows the code.</summary>
    public static bool HasNumber(int entry) => (entry & WithNumber) != 0;

    /// <summary>Returns the number, if the entry has one.</summary>
    public static short Number(int entry) => (short)(entry >> 16);

    /// <summary>Returns the total length of the code and the number that follows it, in bits.</summary>
    public static int TotalBits(int entry) => entry & 63;

    /// <summary>Returns the length of the number that follows the code, in bits, 0 to 15.</summary>
    public static int NumberBits(int entry) => (entry >> 8) & 15;

    /// <summary>Returns the number of coefficients to skip, 0 to 15.</summary>
    public static int Run(int entry) => (entry >> 12) & 15;

    /// <summary>Returns the length of the code, in bits, if the entry has no number.</summary>
    public static int CodeBits(int entry) => entry >> 16;

    /// <summary>
    /// Reads a table: 16 counts of codes, by length, and the symbols. Returns false if the counts don't make a valid
    /// set of codes, in which no code is all ones. Does nothing if the table equals the previous one.
    /// </summary>
    public bool TrySet(ReadOnlySpan<byte> definition)
    {
        if (definition.SequenceEqual(_definition.AsSpan(0, _definitionLength)))
        {
            return true;
        }

        _definitionLength = 0;
        if (!TryBuild(definition[..MaxCodeBits], definition[MaxCodeBits..]))
        {
            return false;
        }

        definition.CopyTo(_definition);
        _definitionLength = definition.Length;
        return true;
    }

    /// <summary>
    /// Returns the entry of a code that is longer than the looked-up bits, or 0 if there is no such code.
    /// </summary>
    /// <param name="bits">The next 16 bits of the data.</param>
    public int Find(int bits)
    {
        for (var length = LookupBits + 1; length <= MaxCodeBits; length++)
        {
            var code = bits >> (MaxCodeBits - length);
            if (code <= _lastCode[length])
            {
                return Entry(length, _definition[MaxCodeBits + code + _symbolOffset[length]]);
            }
        }

        return 0;
    }

    private static int Entry(int codeBits, byte symbol) =>
        (codeBits << 16) | (symbol << 8) | (codeBits + (symbol & 15));

    private bool TryBuild(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        Array.Clear(_entries);
        var (code, next) = (0, 0);
        for (var length = 1; length <= MaxCodeBits; length++, code <<= 1)
        {
            var count = counts[length - 1];
            if (code + count >= 1 << length)
            {
                return false;
            }

            _symbolOffset[length] = next - code;
            _lastCode[length] = count == 0 ? -1 : code + count - 1;
            for (var i = 0; i < count && length <= LookupBits; i++)
            {
                Fill(code + i, length, symbols[next + i]);
            }

            code += count;
            next += count;
        }

        return true;
    }

    private void Fill(int code, int codeBits, byte symbol)
    {
        var unused = LookupBits - codeBits;
        var entries = _entries.AsSpan(code << unused, 1 << unused);
        var entry = Entry(codeBits, symbol);
        var numberBits = NumberBits(entry);
        if (numberBits == 0 || numberBits > unused)
        {
            entries.Fill(entry);
            return;
        }

        // A number of n bits whose first bit is 0 is negative: its value is the number minus (2^n - 1).
        var (half, each) = (1 << (numberBits - 1), 1 << (unused - numberBits));
        for (var bits = 0; bits < 2 * half; bits++)
        {
            var number = bits < half ? bits - (2 * half) + 1 : bits;
            entries.Slice(bits * each, each).Fill((number << 16) | WithNumber | (entry & 0xFFFF));
        }
    }
}
