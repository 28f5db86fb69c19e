using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Resampling;

public sealed class ColumnResamplerTests
{
    public static TheoryData<ResizeFilter, ResizeMode> Combinations() => [..
        from filter in Enum.GetValues<ResizeFilter>()
        from mode in Enum.GetValues<ResizeMode>()
        select new TheoryDataRow<ResizeFilter, ResizeMode>(filter, mode)];

    // What is turned before it is resized takes the way that Pillow's hashes cover.
    [Theory]
    [MemberData(nameof(Combinations))]
    public void A_turned_image_has_the_bits_of_its_turned_pixels(ResizeFilter filter, ResizeMode mode)
    {
        var random = new Random(3);
        for (var i = 0; i < 96; i++)
        {
            var orientation = (byte)((i % 8) + 1);
            var (width, height) = (Side(random), Side(random));
            var png = PngWriter.Random(random, width, height, 8, 2);
            var bmp = Turned.Bmp(Decoded.Here(png)!, width, height, orientation);
            var (toWidth, toHeight) = mode == ResizeMode.None
                ? orientation > 4 ? (height, width) : (width, height)
                : (random.Next(4) == 0 ? width : random.Next(1, 90), random.Next(4) == 0 ? height : random.Next(1, 90));
            var input = Given.Input(toWidth, toHeight) with
            {
                Orientation = ImageOrientation.Exif,
                Channels = i % 3 == 0 ? ChannelOrder.Grey : ChannelOrder.RGB,
                Resize = new ResizeSpec(mode, filter, random.Next(1, 60)),
            };

            var wanted = Given.Tensor(bmp, input);

            Assert.True(
                Given.Tensor(Turned.Png(png, orientation), input).AsSpan().SequenceEqual(wanted),
                $"{width} x {height}, orientation {orientation}, to {toWidth} x {toHeight}, image {i}");
        }
    }

    [Theory]
    [InlineData("420-130x70.jpg", 130, 70)]
    [InlineData("420-progressive-q95.jpg", 45, 37)]
    [InlineData("grey-restart.jpg", 45, 37)]
    public void A_turned_JPEG_has_the_bits_of_its_turned_pixels(string file, int width, int height)
    {
        var jpeg = Vectors.File(file);
        var stored = Given.Tensor(jpeg, Given.Input(width, height));
        for (byte orientation = 1; orientation <= 8; orientation++)
        {
            var bmp = Turned.Bmp(stored, width, height, orientation);
            foreach (var filter in Enum.GetValues<ResizeFilter>())
            {
                var input = Given.Input(31, 17) with
                {
                    Orientation = ImageOrientation.Exif,
                    Resize = new ResizeSpec(ResizeMode.Stretch, filter),
                };
                Assert.Equal(Given.Tensor(bmp, input), Given.Tensor(Turned.Jpeg(jpeg, orientation), input));
            }
        }
    }

    private static int Side(Random random) => random.Next(3) switch
    {
        0 => random.Next(1, 12),
        1 => random.Next(1, 100),
        _ => random.Next(100, 700),
    };
}
