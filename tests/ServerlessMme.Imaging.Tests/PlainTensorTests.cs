using System.Buffers.Binary;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tensors;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests;

/// <summary>
/// Every combination of modes against plain loops over pixels. The loops start from stretching, or from covering: the
/// bits of both are compared with Pillow's elsewhere.
/// </summary>
public sealed class PlainTensorTests
{
    private static readonly double[] s_mean = [0.25, 0.5, 0.125];
    private static readonly double[] s_std = [0.5, 2, 0.75];

    public static TheoryData<ResizeMode, ChannelOrder, TensorLayout, TensorType> Combinations()
    {
        var data = new TheoryData<ResizeMode, ChannelOrder, TensorLayout, TensorType>();
        foreach (var mode in Enum.GetValues<ResizeMode>())
        {
            foreach (var channels in Enum.GetValues<ChannelOrder>())
            {
                foreach (var layout in Enum.GetValues<TensorLayout>())
                {
                    foreach (var type in Enum.GetValues<TensorType>())
                    {
                        data.Add(mode, channels, layout, type);
                    }
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void A_tensor_is_what_plain_loops_make(
        ResizeMode mode, ChannelOrder channels, TensorLayout layout, TensorType type)
    {
        var random = new Random(11);
        for (var i = 0; i < 30; i++)
        {
            var (width, height) = (random.Next(1, 50), random.Next(1, 50));
            var bmp = Pattern.Bmp(width, height);
            var (toWidth, toHeight) = mode == ResizeMode.None
                ? (width, height)
                : (random.Next(1, 40), random.Next(1, 40));
            var color = new RgbColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
            var count = channels == ChannelOrder.Grey ? 1 : 3;
            var input = new InputSpec(null, toWidth, toHeight, layout, channels, type,
                new ResizeSpec(mode, (ResizeFilter)random.Next(6), random.Next(1, 60),
                    mode == ResizeMode.Letterbox ? color : default, (CropOffset)(i % 2)),
                1 / 255.0, s_mean[..count], s_std[..count]);
            Assert.Equal(Plain(bmp, width, height, input), Values(Given.Tensor(bmp, input), input));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_turned_image_is_the_image_that_was_stored_turned(int orientation)
    {
        // 70 stored columns are several blocks of them, the last one not full.
        var stored = Given.Tensor(Vectors.File("420-130x70.jpg"), Given.Input(130, 70));
        var jpeg = WithOrientation(Vectors.File("420-130x70.jpg"), orientation);
        var (width, height) = orientation < 5 ? (130, 70) : (70, 130);
        var seen = new byte[stored.Length];
        for (var y = 0; y < 70; y++)
        {
            for (var x = 0; x < 130; x++)
            {
                var (toX, toY) = orientation switch
                {
                    2 => (129 - x, y),
                    3 => (129 - x, 69 - y),
                    4 => (x, 69 - y),
                    5 => (y, x),
                    6 => (69 - y, x),
                    7 => (69 - y, 129 - x),
                    8 => (y, 129 - x),
                    _ => (x, y),
                };
                stored.AsSpan(((y * 130) + x) * 3, 3).CopyTo(seen.AsSpan(((toY * width) + toX) * 3));
            }
        }

        foreach (var input in new[] { Given.Input(width, height), Given.Input(31, 24) })
        {
            Assert.Equal(
                Given.Tensor(Given.Bmp(width, height, seen), input),
                Given.Tensor(jpeg, input with { Orientation = ImageOrientation.Exif }));
        }
    }

    private static float[] Plain(byte[] bmp, int width, int height, InputSpec input)
    {
        var placement = Placement.Of(width, height, input);
        var gray = input.Channels == ChannelOrder.Grey;
        var stretched = Given.Tensor(bmp, Given.Input(placement.Width, placement.Height) with
        {
            Channels = gray ? ChannelOrder.Grey : ChannelOrder.RGB,
            Resize = new ResizeSpec(
                input.Resize.Mode == ResizeMode.Cover ? ResizeMode.Cover : ResizeMode.Stretch, input.Resize.Filter),
        });
        var count = input.ChannelCount;
        var values = new float[input.ElementCount];
        for (var y = 0; y < input.Height; y++)
        {
            for (var x = 0; x < input.Width; x++)
            {
                for (var channel = 0; channel < count; channel++)
                {
                    var color = input.Channels == ChannelOrder.BGR ? 2 - channel : channel;
                    var (fromX, fromY) = (x - placement.Left, y - placement.Top);
                    var isInside = fromX >= 0 && fromX < placement.Width && fromY >= 0 && fromY < placement.Height;
                    var value = isInside
                        ? stretched[(((fromY * placement.Width) + fromX) * count) + color]
                        : Bare(input.Resize.Color, gray, color);
                    var at = input.Layout == TensorLayout.NHWC
                        ? (((y * input.Width) + x) * count) + channel
                        : (((channel * input.Height) + y) * input.Width) + x;
                    values[at] = input.Type == TensorType.UInt8
                        ? value
                        : (float)(((value * input.Scale) - input.Mean[channel]) / input.Std[channel]);
                }
            }
        }

        return values;
    }

    private static byte Bare(RgbColor color, bool gray, int channel) => gray
        ? (byte)(((color.Red * 19595) + (color.Green * 38470) + (color.Blue * 7471) + 32768) >> 16)
        : channel switch { 0 => color.Red, 1 => color.Green, _ => color.Blue };

    private static float[] Values(byte[] tensor, InputSpec input) => input.Type == TensorType.UInt8
        ? [.. tensor.Select(value => (float)value)]
        : [.. Enumerable.Range(0, input.ElementCount).Select(i => BitConverter.ToSingle(tensor, i * 4))];

    private static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0,
            0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(exif.AsSpan(28), (ushort)orientation);
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }
}
