using System.Globalization;
using System.IO.Compression;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Decoding;

// Alone, since memory of the whole process is measured.
[CollectionDefinition(nameof(DecodeBytesTests), DisableParallelization = true)]
[Collection(nameof(DecodeBytesTests))]
public sealed class DecodeBytesTests
{
    private const int Width = 6000;
    private const int Height = 4000;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_PNG_of_24_megapixels_takes_a_few_rows(byte orientation)
    {
        const string Peak = "/proc/self/clear_refs";
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Peak), "The peak of memory can't be reset here.");
        var png = Turned.Png(Png(Width, Height), orientation);
        var input = Given.Input("""{"width":224,"height":224,"orientation":"exif"}""");
        Assert.Null(Given.Refusal(Turned.Png(Png(60, 40), orientation), input: input));

        File.WriteAllText(Peak, "5");
        // The peak itself, because resident memory may fall below it at any time. Linux keeps it by counters for each
        // processor, which lag by some pages, so a peak that stays may read lower than before.
        var before = Status("VmHWM");
        Assert.Null(Given.Refusal(png, input: input));

        Assert.InRange(Math.Max(before, Status("VmHWM")) - before, 0, 8 << 20);
    }

    [Theory]
    [InlineData("420-progressive-q95.jpg", 6_912)]
    [InlineData("444-progressive-q95.jpg", 6 * 5 * 3 * 64 * 2)]
    [InlineData("grey-progressive.jpg", 6 * 5 * 64 * 2)]
    [InlineData("420-q90.jpg", 0)]
    [InlineData("cmyk-q95.jpg", 0)]
    [InlineData("rgb.png", 0)]
    [InlineData("rgb-interlaced.png", 31 * 29 * 8)]
    [InlineData("rgba-16-interlaced.png", 31 * 29 * 12)]
    [InlineData("lossy.webp", 45 * 37 * 4)]
    [InlineData("lossless.webp", 45 * 37 * 8)]
    [InlineData("lossy-alpha.webp", 45 * 37 * 8)]
    [InlineData("plain.gif", 45 * 37 * 5)]
    [InlineData("rgb.bmp", 45 * 37 * 4)]
    public void Bytes_of_pixels_depend_on_the_format(string file, int bytes)
    {
        using var image = Given.Image(Vectors.File(file));
        FormatCheck.Identify(image.Reference, image.Bytes.Span).TryGet(out var format, out _);
        var decoder = new ImageDecoder(new ImagingOptions());
        using var opened = decoder.OpenPlain(image, format, ImageOrientation.Stored)
            ?? decoder.Open(image, format, ImageOrientation.Stored, out _);

        Assert.Equal(bytes, opened!.PixelBytes);
        Assert.InRange(opened.DecodeBytes - bytes, 1, 400_000);
    }

    private static byte[] Png(int width, int height)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest))
        {
            var row = new byte[1 + (3 * width)];
            for (var y = 0; y < height; y++)
            {
                zlib.Write(row);
            }
        }

        return PngWriter.Png(PngWriter.Header(width, height, 8, 2), PngWriter.Chunk("IDAT"u8, data.ToArray()));
    }

    private static long Status(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.AsSpan(name.Length + 1).Trim(" \tkB"), CultureInfo.InvariantCulture);
    }
}
