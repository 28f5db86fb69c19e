using System.Formats.Tar;
using System.IO.Compression;
using SkiaSharp;

namespace ServerlessMme.Benchmarks.Archive;

/// <summary>Small images that look like none in particular: gradients with noise, each another, as JPEG.</summary>
internal static class DrawnImages
{
    private const int Side = 32;
    private const int Quality = 90;

    public static IReadOnlyList<(string Name, byte[] Jpeg)> Create(int count)
    {
        var random = new Random(1);
        using var bitmap = new SKBitmap(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var images = new List<(string, byte[])>(count);
        for (var i = 0; i < count; i++)
        {
            Draw(bitmap, random);
            using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality);
            images.Add(($"{i / 1000:D3}/{i:D6}.jpg", encoded.ToArray()));
        }

        return images;
    }

    public static byte[] Zip(IReadOnlyList<(string Name, byte[] Jpeg)> images)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, jpeg) in images)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(jpeg);
            }
        }

        return buffer.ToArray();
    }

    public static byte[] TarGzip(IReadOnlyList<(string Name, byte[] Jpeg)> images)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach (var (name, jpeg) in images)
            {
                using var data = new MemoryStream(jpeg);
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
            }
        }

        return buffer.ToArray();
    }

    private static void Draw(SKBitmap bitmap, Random random)
    {
        var (r, g, b) = (random.Next(256), random.Next(256), random.Next(256));
        var (dx, dy) = (random.Next(-4, 5), random.Next(-4, 5));
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var shade = (dx * x) + (dy * y) + random.Next(-12, 13);
                bitmap.SetPixel(x, y, new SKColor(Clamp(r + shade), Clamp(g + shade), Clamp(b - shade)));
            }
        }
    }

    private static byte Clamp(int value) => (byte)Math.Clamp(value, 0, 255);
}
