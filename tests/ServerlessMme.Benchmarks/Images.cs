using SkiaSharp;

namespace ServerlessMme.Benchmarks;

/// <summary>JPEGs that compress as photographs do: gradients, a few shapes, and noise. Always the same.</summary>
internal static class Images
{
    private const int Quality = 90;

    /// <summary>Different images of one size.</summary>
    public static byte[][] Jpegs(int count, int width, int height) =>
        [.. Enumerable.Range(0, count).Select(seed => Jpeg(seed, width, height))];

    private static byte[] Jpeg(int seed, int width, int height)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            using var sky = SKShader.CreateLinearGradient(
                new SKPoint(0, 0), new SKPoint(width, height), [Color(random), Color(random), Color(random)],
                SKShaderTileMode.Clamp);
            using var paint = new SKPaint { Shader = sky, IsAntialias = true };
            canvas.DrawPaint(paint);
            for (var shape = 0; shape < 12; shape++)
            {
                using var fill = new SKPaint { Color = Color(random), IsAntialias = true };
                canvas.DrawCircle(random.Next(width), random.Next(height), random.Next(1, 1 + (width / 5)), fill);
            }
        }

        var pixels = bitmap.GetPixelSpan().ToArray();
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)Math.Clamp(pixels[i] + random.Next(-6, 7), 0, 255);
        }

        using var noisy = SKImage.FromPixelCopy(bitmap.Info, pixels);
        using var data = noisy.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }

    private static SKColor Color(Random random) =>
        new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
}
