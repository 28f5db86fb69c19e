using System.Buffers;
using ServerlessMme.Imaging.Decoding;

namespace ServerlessMme.Imaging.Png;

/// <summary>How a plain PNG stores its pixels, and where.</summary>
/// <param name="Header">Size and color type.</param>
/// <param name="Palette">The palette's chunk; default where no pixel needs one.</param>
/// <param name="DataAt">The first chunk of pixel data.</param>
internal readonly record struct PngLayout(PngHeader Header, PngChunk Palette, int DataAt)
{
    private const byte Grey = 0;
    private const byte WithPalette = 3;
    private const byte GreyWithAlpha = 4;
    private const int ColorBytes = 3;
    private const int MaxColors = 256;

    // Far more than files have. The library has limits of its own, and files near them are left to it.
    private const int MaxChunks = 64;
    private const int MaxChunkBytes = 4 << 20;

    /// <summary>Bits per pixel.</summary>
    public int Bits => Header.Depth * (Header.Colors switch { 2 => 3, GreyWithAlpha => 2, 6 => 4, _ => 1 });

    /// <summary>From a byte to the one that it is filtered with: bytes per pixel, at least 1.</summary>
    public int Stride => Math.Max(1, Bits / 8);

    /// <summary>Bytes per row, without the one that names the filter.</summary>
    public int RowBytes => (int)((((long)Header.Width * Bits) + 7) / 8);

    /// <summary>
    /// Reads the chunks before the pixel data. Null unless all are sound and of a kind whose effect on pixels is known:
    /// the library forgives some flaws and not others.
    /// </summary>
    public static PngLayout? TryRead(ReadOnlySpan<byte> png)
    {
        if (PngHeader.Find(png) is not { IsInterlaced: false } header)
        {
            return null;
        }

        var palette = default(PngChunk);
        var at = PngHeader.Length;
        for (var i = 0; i < MaxChunks && PngChunk.TryRead(png, at) is { } chunk; i++, at = chunk.End)
        {
            var type = chunk.Type(png);
            if (type.SequenceEqual("IDAT"u8))
            {
                var layout = new PngLayout(header, palette, at);
                var isComplete = header.Colors != WithPalette || palette.Length > 0;
                return isComplete && layout.HasPlainData(chunk.Data(png)) ? layout : null;
            }

            if (chunk.Length > MaxChunkBytes || !chunk.IsSound(png))
            {
                return null;
            }

            if (!type.SequenceEqual("PLTE"u8))
            {
                if (!IsHarmless(header, type))
                {
                    return null;
                }
            }
            else if (palette.Length > 0 || !IsPalette(header, chunk.Length))
            {
                return null;
            }
            else
            {
                palette = chunk;
            }
        }

        return null;
    }

    private static bool IsPalette(PngHeader header, int length) =>
        header.Colors is not (Grey or GreyWithAlpha) && length > 0 && length % ColorBytes == 0
        && length / ColorBytes <= (header.Colors == WithPalette ? 1 << header.Depth : MaxColors);

    // A chunk that decoders may pass over. The library takes gray with alpha for a mask if sBIT says so.
    private static bool IsHarmless(PngHeader header, ReadOnlySpan<byte> type) =>
        char.IsAsciiLetterLower((char)type[0]) && !type.ContainsAnyExcept(s_letters)
        && !(header.Colors == GreyWithAlpha && type.SequenceEqual("sBIT"u8));

    private static readonly SearchValues<byte> s_letters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // Zlib data whose window no distance can leave: .NET ignores the declared window, the library may not.
    private bool HasPlainData(ReadOnlySpan<byte> data)
    {
        const int Deflate = 8;
        const int LargestWindow = 7;
        const int Dictionary = 1 << 5;
        if (data.Length < 2 || (data[0] & 15) != Deflate || (data[1] & Dictionary) != 0)
        {
            return false;
        }

        var window = data[0] >> 4;
        return window == LargestWindow
            || (window < LargestWindow && (RowBytes + 1L) * Header.Height <= 1 << (window + 8));
    }
}
