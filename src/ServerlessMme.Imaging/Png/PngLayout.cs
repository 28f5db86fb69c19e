using System.Buffers;
using ServerlessMme.Imaging.Decoding;

namespace ServerlessMme.Imaging.Png;

/// <summary>How a plain PNG stores its pixels, and where.</summary>
/// <param name="Header">Size and color type.</param>
/// <param name="Palette">The palette's chunk; default if no pixel needs a palette.</param>
/// <param name="DataAt">Offset of the first chunk of pixel data.</param>
internal readonly record struct PngLayout(PngHeader Header, PngChunk Palette, int DataAt)
{
    private const byte Gray = 0;
    private const byte WithPalette = 3;
    private const byte GrayWithAlpha = 4;
    private const int ColorBytes = 3;
    private const int MaxColors = 256;

    // Far more than real files have. Skia has its own limits, so it gets the files that are near them.
    private const int MaxChunks = 64;
    private const int MaxChunkBytes = 4 << 20;

    private static readonly SearchValues<byte> s_letters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Bits per pixel.</summary>
    public int Bits => Header.Depth * (Header.Colors switch { 2 => 3, GrayWithAlpha => 2, 6 => 4, _ => 1 });

    /// <summary>Distance from a byte to the byte that it is filtered with: bytes per pixel, at least 1.</summary>
    public int Stride => Math.Max(1, Bits / 8);

    /// <summary>Bytes per row, without the byte that names the filter.</summary>
    public int RowBytes => (int)((((long)Header.Width * Bits) + 7) / 8);

    /// <summary>
    /// Reads all chunks except the pixel data. Returns null unless all of them are sound and have a known effect on
    /// pixels. Skia gets all other files, because it accepts some flaws and refuses others.
    /// </summary>
    public static PngLayout? TryRead(ReadOnlySpan<byte> png)
    {
        if (PngHeader.Find(png) is not { IsInterlaced: false } header)
        {
            return null;
        }

        var layout = new PngLayout(header, default, 0);
        var at = PngHeader.Length;
        for (var i = 0; i < MaxChunks && PngChunk.TryRead(png, at) is { } chunk; i++)
        {
            if (chunk.Is(png, "IDAT"u8))
            {
                if (!layout.HasPlainData(chunk.Data(png)))
                {
                    return null;
                }

                layout = layout with { DataAt = at };
                at = chunk.EndOfRun(png);
                continue;
            }

            at = chunk.End;
            if (chunk.Length > MaxChunkBytes || !chunk.IsSound(png))
            {
                return null;
            }

            if (chunk.Is(png, "IEND"u8))
            {
                return layout.DataAt > 0 && chunk.Length == 0 ? layout : null;
            }

            if (chunk.Is(png, "PLTE"u8) && layout.MayHavePalette(chunk.Length))
            {
                layout = layout with { Palette = chunk };
            }
            else if (!layout.IsHarmless(chunk.Type(png)))
            {
                return null;
            }
        }

        return null;
    }

    // There may be one palette, before the pixels.
    private bool MayHavePalette(int length) =>
        DataAt == 0 && Palette.Length == 0
        && Header.Colors is not (Gray or GrayWithAlpha) && length > 0 && length % ColorBytes == 0
        && length / ColorBytes <= (Header.Colors == WithPalette ? 1 << Header.Depth : MaxColors);

    // A chunk that decoders may skip has a lowercase first letter. Skia refuses a third letter that isn't uppercase,
    // and treats gray with alpha as a mask if sBIT says so.
    private bool IsHarmless(ReadOnlySpan<byte> type) =>
        char.IsAsciiLetterLower((char)type[0]) && char.IsAsciiLetterUpper((char)type[2])
        && !type.ContainsAnyExcept(s_letters)
        && !(Header.Colors == GrayWithAlpha && type.SequenceEqual("sBIT"u8));

    // The first pixel data must follow the palette, if one is required. It must be zlib data whose window no distance
    // can exceed: .NET ignores the declared window, but Skia may not.
    private bool HasPlainData(ReadOnlySpan<byte> data)
    {
        const int Deflate = 8;
        const int LargestWindow = 7;
        const int Dictionary = 1 << 5;
        if (DataAt > 0 || (Header.Colors == WithPalette && Palette.Length == 0)
            || data.Length < 2 || (data[0] & 15) != Deflate || (data[1] & Dictionary) != 0)
        {
            return false;
        }

        var window = data[0] >> 4;
        return window == LargestWindow
            || (window < LargestWindow && (RowBytes + 1L) * Header.Height <= 1 << (window + 8));
    }
}
