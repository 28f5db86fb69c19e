using System.IO.Hashing;
using SkiaSharp;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>Small JPEGs that differ to the eye.</summary>
internal static class Pictures
{
    private const int Side = 96;
    private const int Quality = 70;

    public static byte[] Draw(int seed)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Side, Side));
        using var paint = new SKPaint { Color = SKColor.FromHsl(seed * 47 % 360, 45, 70) };
        surface.Canvas.Clear(SKColor.FromHsl(seed * 83 % 360, 30, 35));
        surface.Canvas.DrawCircle(20 + (seed * 13 % 56), 20 + (seed * 29 % 56), 12 + (seed % 18), paint);
        using var image = surface.Snapshot();
        using var jpeg = image.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }

    /// <summary>The start of a PNG of 60,000 x 60,000 pixels.</summary>
    public static byte[] Huge()
    {
        byte[] header = [.. "IHDR"u8, 0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60, 8, 2, 0, 0, 0];
        // A PNG has its checksums in big-endian order.
        var checksum = Crc32.Hash(header).Reverse();
        return [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 13, .. header, .. checksum];
    }
}
