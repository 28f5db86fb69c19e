using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Memory;
using ServerlessMme.Imaging.Tests.Support;
using SkiaSharp;

namespace ServerlessMme.Imaging.Tests;

public sealed class ThumbnailMakerTests
{
    // 130 × 70 pixels.
    private static readonly byte[] Jpeg =
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "images", "420-130x70.jpg"));

    private static readonly ThumbnailMaker Maker = new(new ImagingOptions());

    [Fact]
    public void The_longer_side_gets_the_size_and_the_shape_stays()
    {
        using var image = Given.Image(Jpeg);

        using var thumbnail = SKBitmap.Decode(Maker.Make(image, 65).Value);

        Assert.Equal((65, 35), (thumbnail.Width, thumbnail.Height));
    }

    [Fact]
    public void A_small_image_is_not_enlarged_and_keeps_its_colors()
    {
        byte[] pixels = [.. Enumerable.Repeat<byte[]>([200, 100, 50], 4).SelectMany(pixel => pixel)];
        using var image = Given.Image(Given.Bmp(2, 2, pixels));

        using var thumbnail = SKBitmap.Decode(Maker.Make(image, 160).Value);

        Assert.Equal((2, 2), (thumbnail.Width, thumbnail.Height));
        var pixel = thumbnail.GetPixel(0, 0);
        Assert.InRange(pixel.Red, 195, 205);
        Assert.InRange(pixel.Green, 95, 105);
        Assert.InRange(pixel.Blue, 45, 55);
    }

    [Fact]
    public void What_hides_behind_the_pixels_is_gone()
    {
        byte[] hidden = [.. Jpeg, .. "<script>hidden</script>"u8];
        using var image = Given.Image(hidden);

        var thumbnail = Maker.Make(image, 160).Value;

        Assert.True(thumbnail.AsSpan().IndexOf("hidden"u8) < 0);
    }

    [Fact]
    public async Task Waiting_for_memory_gives_the_same_picture()
    {
        using var image = Given.Image(Jpeg);
        var maker = new ThumbnailMaker(new ImagingOptions(), new MemoryGate(64 << 20));

        var thumbnail = await maker.MakeAsync(image, 65, TestContext.Current.CancellationToken);

        Assert.Equal(Maker.Make(image, 65).Value, thumbnail.Value);
    }

    [Fact]
    public void The_limits_of_decoding_apply()
    {
        using var image = Given.Image(Jpeg);

        var refusal = new ThumbnailMaker(new ImagingOptions { MaxPixels = 10 }).Make(image, 160).Refusal;

        Assert.Equal(ErrorCode.TooManyPixels, refusal!.Code);
    }

    [Fact]
    public void Bytes_that_are_no_image_are_refused()
    {
        using var image = Given.Image("<svg/>"u8);

        Assert.NotNull(Maker.Make(image, 160).Refusal);
    }
}
