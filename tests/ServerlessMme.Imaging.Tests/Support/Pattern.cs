namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>The test image of vectors/make_vectors.py, worked out here so that it need not be committed.</summary>
internal static class Pattern
{
    /// <summary>One row, 4 bytes a pixel. A gray row has the same value three times.</summary>
    public static void Row(int y, bool gray, Span<byte> pixels)
    {
        for (var x = 0; x < pixels.Length / 4; x++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                pixels[(x * 4) + channel] = Value((uint)x, (uint)y, gray ? 0 : (uint)channel);
            }

            pixels[(x * 4) + 3] = 0xAB;
        }
    }

    /// <summary>The pattern as a bitmap.</summary>
    public static byte[] Bmp(int width, int height)
    {
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            rgb[i] = Value((uint)(i / 3 % width), (uint)(i / 3 / width), (uint)(i % 3));
        }

        return Given.Bmp(width, height, rgb);
    }

    private static byte Value(uint x, uint y, uint channel)
    {
        var noise = (x * 73856093) ^ (y * 19349663) ^ (channel * 83492791);
        noise ^= noise >> 13;
        noise *= 0x5BD1E995;
        noise ^= noise >> 15;
        var value = (byte)noise;
        if (((x / 7) + (y / 5)) % 3 == 0)
        {
            return value < 128 ? (byte)0 : (byte)255;
        }

        return value;
    }
}
