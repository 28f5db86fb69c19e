namespace ServerlessMme.Imaging.Resampling;

/// <summary>A decoded pixel: red, green, blue and a byte that is not looked at, as in Pillow's RGB images.</summary>
internal static class Rgbx
{
    /// <summary>Bytes a pixel.</summary>
    public const int Bytes = 4;

    /// <summary>ITU-R 601-2 luma in 16 bits of fraction, rounded, as Pillow's <c>convert("L")</c>.</summary>
    public static void ToGrey(ReadOnlySpan<byte> pixels, Span<byte> grey)
    {
        for (var i = 0; i < grey.Length; i++)
        {
            var pixel = pixels.Slice(i * Bytes, Bytes);
            grey[i] = (byte)(((pixel[0] * 19595) + (pixel[1] * 38470) + (pixel[2] * 7471) + 0x8000) >> 16);
        }
    }
}
