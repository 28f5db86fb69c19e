using SkiaSharp;

namespace ServerlessMme.Benchmarks.Memory;

/// <summary>Images of 24 megapixels, as cameras and screens make them.</summary>
internal static class LargeImages
{
    private const int Width = 6000;
    private const int Height = 4000;

    /// <summary>A JPEG with the noise of a photograph.</summary>
    public static byte[] Jpeg() => Images.Jpegs(1, Width, Height)[0];

    /// <summary>A PNG without noise, which compresses to less than the limit on images.</summary>
    public static byte[] Png()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        using var sky = SKShader.CreateLinearGradient(
            new SKPoint(0, 0), new SKPoint(Width, Height), [SKColors.SteelBlue, SKColors.Wheat, SKColors.SeaGreen],
            SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = sky };
        canvas.DrawPaint(paint);
        var random = new Random(24);
        for (var shape = 0; shape < 400; shape++)
        {
            using var fill = new SKPaint
            {
                Color = new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)),
                IsAntialias = true,
            };
            canvas.DrawCircle(random.Next(Width), random.Next(Height), random.Next(10, 300), fill);
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
