using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Decoding;

public sealed class OrientationTests
{
    [Fact]
    public void A_PNG_says_its_orientation_in_a_chunk() =>
        Assert.Equal(6, PngOrientation.Find(Vectors.File("orientation-6.png")));

    [Fact]
    public void A_PNG_without_the_chunk_is_upright() => Assert.Equal(1, PngOrientation.Find(Vectors.File("rgb.png")));

    [Fact]
    public void A_chunk_that_is_damaged_anywhere_never_fails()
    {
        var png = Vectors.File("orientation-6.png");
        var chunk = png.AsSpan().IndexOf("eXIf"u8) - 4;
        for (var at = chunk; at < chunk + 50; at++)
        {
            foreach (var value in new byte[] { 0, 1, 127, 255 })
            {
                var damaged = (byte[])png.Clone();
                damaged[at] = value;
                Assert.InRange(PngOrientation.Find(damaged), 1, 8);
                Assert.InRange(PngOrientation.Find(damaged.AsSpan(0, at)), 1, 8);
            }
        }
    }

    [Theory]
    [InlineData("orientation-6.jpg", 23 * 13 * 4)]
    [InlineData("420-progressive-q95.jpg", 6_912)]
    public void A_turned_JPEG_is_never_in_memory_whole(string file, int bytes)
    {
        var jpeg = file.StartsWith("orientation", StringComparison.Ordinal)
            ? Vectors.File(file)
            : Turned.Jpeg(Vectors.File(file), 6);
        var (stored, turned) = (Given.Input(8, 8), Given.Input(8, 8) with { Orientation = ImageOrientation.Exif });
        var isPlain = bytes == 23 * 13 * 4;
        foreach (var input in new[] { stored, turned })
        {
            var options = new ImagingOptions { MaxDecodedBytes = bytes - (isPlain ? 1 : 0) };
            Assert.Null(Given.Refusal(jpeg, options, input: input));
            var less = Given.Refusal(jpeg, new ImagingOptions { MaxDecodedBytes = bytes - 1 }, input: input);
            Assert.Equal(isPlain ? null : ErrorCode.TooManyPixels, less?.Code);
        }
    }

    [Fact]
    public void A_turned_JPEG_that_is_cut_is_refused()
    {
        var jpeg = Vectors.File("orientation-6.jpg");
        var refusal = Given.Refusal(
            jpeg.AsSpan(0, jpeg.Length - 9), input: Given.Input(8, 8) with { Orientation = ImageOrientation.Exif });
        Assert.Equal(ErrorCode.TruncatedImage, refusal?.Code);
    }

    [Fact]
    public void An_image_of_another_size_is_refused_where_the_manifest_allows_no_resizing()
    {
        var input = Given.Input(23, 13) with { Resize = new ResizeSpec(ResizeMode.None, ResizeFilter.Bilinear) };
        Assert.Null(Given.Refusal(Vectors.File("orientation-6.jpg"), input: input));
        var turned = input with { Orientation = ImageOrientation.Exif };
        var refusal = Given.Refusal(Vectors.File("orientation-6.jpg"), input: turned, name: "plane.jpg");
        Assert.Equal(ErrorCode.WrongSize, refusal?.Code);
        Assert.Equal(
            "Image 'plane.jpg' has 13 × 23 pixels, but the model only accepts 23 × 13 pixels. "
            + "Resize the image, or choose another input.resize.mode in model.json.", refusal!.Message);
    }

    // Without a limit on what is resized, a line of pixels would become a band of millions.
    [Theory]
    [InlineData(ResizeMode.ShorterSide)]
    [InlineData(ResizeMode.Letterbox)]
    public void A_very_long_image_takes_no_more_memory_than_what_is_cut_out_of_it(ResizeMode mode)
    {
        var png = Given.Bmp(1, 60_000, new byte[180_000]);
        var input = Given.Input(64, 64) with { Resize = new ResizeSpec(mode, ResizeFilter.Nearest, 4096) };
        Assert.Null(Given.Refusal(png, input: input));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(Given.Refusal(png, input: input));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }
}
