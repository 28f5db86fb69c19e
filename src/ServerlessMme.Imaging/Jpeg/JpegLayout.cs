namespace ServerlessMme.Imaging.Jpeg;

/// <summary>
/// How the blocks of a JPEG make up its pixels, at full or reduced size. Blocks come in units: one or more of luma,
/// then one of each chroma. At a reduced size, a block is transformed to fewer values. Chroma that has half the size in
/// both directions is transformed to twice as many values per side as luma, as in libjpeg, so it needs no upsampling.
/// </summary>
internal sealed class JpegLayout
{
    /// <summary>Values per row and column of a whole block.</summary>
    public const int BlockSide = 8;

    /// <summary>Values of a whole block.</summary>
    public const int BlockValues = BlockSide * BlockSide;

    public JpegLayout(JpegHeader header, int scale)
    {
        (Width, Height) = (Parts(header.Width, scale), Parts(header.Height, scale));
        HasChroma = header.Channels == 3;
        (BlocksAcross, BlocksDown) = HasChroma ? (header[0].Across, header[0].Down) : (1, 1);
        (UnitsAcross, UnitsDown) =
            (Parts(header.Width, BlocksAcross * BlockSide), Parts(header.Height, BlocksDown * BlockSide));
        LumaSide = BlockSide / scale;
        var isHalf = BlocksDown == 2 && scale > 1;
        ChromaSide = isHalf ? 2 * LumaSide : LumaSide;
        (PixelsAcross, PixelsDown) = isHalf ? (1, 1) : (BlocksAcross, BlocksDown);
    }

    /// <summary>Pixels per row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>False if the image is gray.</summary>
    public bool HasChroma { get; }

    /// <summary>Blocks of luma per unit, across.</summary>
    public int BlocksAcross { get; }

    /// <summary>Blocks of luma per unit, down.</summary>
    public int BlocksDown { get; }

    /// <summary>Units, across.</summary>
    public int UnitsAcross { get; }

    /// <summary>Units, down.</summary>
    public int UnitsDown { get; }

    /// <summary>Values per row and column that a block of luma is transformed to.</summary>
    public int LumaSide { get; }

    /// <summary>Values per row and column that a block of chroma is transformed to.</summary>
    public int ChromaSide { get; }

    /// <summary>Pixels per value of chroma, across: 1 or 2.</summary>
    public int PixelsAcross { get; }

    /// <summary>Pixels per value of chroma, down: 1 or 2.</summary>
    public int PixelsDown { get; }

    /// <summary>Values of chroma per row.</summary>
    public int ChromaWidth => Parts(Width, PixelsAcross);

    /// <summary>Rows of chroma.</summary>
    public int ChromaHeight => Parts(Height, PixelsDown);

    /// <summary>Rows of pixels per unit.</summary>
    public int UnitRows => BlocksDown * LumaSide;

    /// <summary>Distance from one row of values to the next: whole units, and room for whole vectors.</summary>
    public int Stride => (UnitsAcross * BlocksAcross * LumaSide) + ColorRows.Slack;

    private static int Parts(int whole, int part) => (whole + part - 1) / part;
}
