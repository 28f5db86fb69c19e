namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// The tables of one image. They are kept for the thread's next image, which usually has the same tables. Not
/// thread-safe.
/// </summary>
internal sealed class JpegTables
{
    /// <summary>Memory of all tables, in bytes.</summary>
    public const int Bytes = 48 * 1024;

    // Tables of each kind.
    private const int Count = 4;

    // Encoders write at most eight. Each table takes time, even if it isn't used.
    private const int MaxHuffman = 32;

    [ThreadStatic]
    private static JpegTables? s_kept;

    private readonly short[][] _quantizers = Make(() => new short[JpegLayout.BlockValues]);
    private readonly HuffmanTable[] _dc = Make(() => new HuffmanTable());
    private readonly HuffmanTable[] _ac = Make(() => new HuffmanTable());
    private readonly bool[] _defined = new bool[3 * Count];
    private int _huffman;

    /// <summary>Takes undefined tables for exclusive use. The caller must return them after use.</summary>
    public static JpegTables Take()
    {
        var tables = s_kept ?? new JpegTables();
        s_kept = null;
        Array.Clear(tables._defined);
        tables._huffman = 0;
        return tables;
    }

    /// <summary>Gives tables back after use. Must be called only once per use.</summary>
    public static void Return(JpegTables tables) => s_kept = tables;

    /// <summary>Returns true if all three of the component's tables have been defined.</summary>
    public bool Has(JpegComponent component) =>
        Math.Max(component.Quantizer, Math.Max(component.Dc, component.Ac)) < Count
        && _defined[component.Quantizer] && _defined[Count + component.Dc] && _defined[(2 * Count) + component.Ac];

    /// <summary>Returns a channel's tables.</summary>
    public Coding Coding(JpegComponent component) =>
        new(_dc[component.Dc], _ac[component.Ac], _quantizers[component.Quantizer]);

    /// <summary>
    /// Reads a segment of quantization tables. Returns false unless all of them have 8 bits per value.
    /// </summary>
    public bool TryReadQuantizers(ReadOnlySpan<byte> segment)
    {
        for (; !segment.IsEmpty; segment = segment[(1 + JpegLayout.BlockValues)..])
        {
            if (segment.Length < 1 + JpegLayout.BlockValues || segment[0] >= Count)
            {
                return false;
            }

            for (var i = 0; i < JpegLayout.BlockValues; i++)
            {
                _quantizers[segment[0]][EntropyReader.Zigzag[i]] = segment[1 + i];
            }

            _defined[segment[0]] = true;
        }

        return true;
    }

    /// <summary>Reads a segment of Huffman tables. Returns false if one is invalid or there are too many.</summary>
    public bool TryReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            if (segment.Length < 1 + HuffmanTable.MaxCodeBits || _huffman++ == MaxHuffman)
            {
                return false;
            }

            var (kind, number) = (segment[0] >> 4, segment[0] & 15);
            var symbols = 0;
            foreach (var count in segment.Slice(1, HuffmanTable.MaxCodeBits))
            {
                symbols += count;
            }

            var length = HuffmanTable.MaxCodeBits + symbols;
            if (kind > 1 || number >= Count || symbols > HuffmanTable.MaxSymbols || segment.Length < 1 + length)
            {
                return false;
            }

            var definition = segment.Slice(1, length);
            // The number after a code of a first coefficient has up to 15 bits, and such a code skips no coefficients.
            if (kind == 0 && definition[HuffmanTable.MaxCodeBits..].ContainsAnyExceptInRange((byte)0, (byte)15))
            {
                return false;
            }

            if (!(kind == 0 ? _dc : _ac)[number].TrySet(definition))
            {
                return false;
            }

            _defined[((1 + kind) * Count) + number] = true;
            segment = segment[(1 + length)..];
        }

        return true;
    }

    private static T[] Make<T>(Func<T> make)
    {
        var tables = new T[Count];
        foreach (ref var table in tables.AsSpan())
        {
            table = make();
        }

        return tables;
    }
}
