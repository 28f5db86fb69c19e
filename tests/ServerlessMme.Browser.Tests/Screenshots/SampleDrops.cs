using ServerlessMme.Testing.Files;
using SkiaSharp;

namespace ServerlessMme.Browser.Tests.Screenshots;

/// <summary>The sample images of the demo, and each of them as other cameras might have taken it.</summary>
internal static class SampleDrops
{
    private const int Quality = 88;
    private const int Side = 256;

    // Angle in degrees, zoom, and a factor for the brightness.
    private static readonly (float Angle, float Zoom, float Light)[] Cameras =
    [
        (0, 1, 1), (-8, 1.25f, 0.9f), (6, 1.1f, 0.7f), (0, 1.6f, 1.1f), (14, 1.4f, 1), (-4, 1.05f, 0.5f),
        (3, 1.9f, 0.95f),
    ];

    /// <summary>Names with their JPEGs, the class before the dash: <c>day-2/ship-1.jpg</c>.</summary>
    public static IEnumerable<(string Name, byte[] Content)> All() => Enumerable.Range(0, Cameras.Length)
        .SelectMany(day => Repository.CifarImages.Select((file, i) => (
            $"day-{day + 1}/{Path.GetFileNameWithoutExtension(file)}.jpg",
            Draw(file, Cameras[(day + i) % Cameras.Length]))));

    public static string ClassOf(string name) => Path.GetFileName(name).Split('-')[0];

    private static byte[] Draw(string file, (float Angle, float Zoom, float Light) camera)
    {
        var (angle, zoom, light) = camera;
        using var original = SKBitmap.Decode(file);
        using var surface = SKSurface.Create(new SKImageInfo(Side, Side));
        using var paint = new SKPaint
        {
            ColorFilter = SKColorFilter.CreateColorMatrix(
                [light, 0, 0, 0, 0, 0, light, 0, 0, 0, 0, 0, light, 0, 0, 0, 0, 0, 1, 0]),
        };
        var edge = Math.Min(original.Width, original.Height);
        surface.Canvas.Translate(Side / 2f, Side / 2f);
        surface.Canvas.RotateDegrees(angle);
        surface.Canvas.Scale(zoom * Side / edge);
        using var image = SKImage.FromBitmap(original);
        surface.Canvas.DrawImage(
            image, -original.Width / 2f, -original.Height / 2f, new SKSamplingOptions(SKCubicResampler.Mitchell),
            paint);
        using var drawn = surface.Snapshot();
        using var jpeg = drawn.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return jpeg.ToArray();
    }
}
