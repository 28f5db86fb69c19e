using System.Runtime.InteropServices;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tensors;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Tensors;

public sealed class TensorWriterTests
{
    // Two rows of three pixels; red counts from 1, green from 11, blue from 21.
    private static readonly byte[][] s_rows =
        [[1, 11, 21, 99, 2, 12, 22, 99, 3, 13, 23, 99], [4, 14, 24, 99, 5, 15, 25, 99, 6, 16, 26, 99]];

    [Theory]
    [InlineData(TensorLayout.NCHW, ChannelOrder.RGB, "1 2 3 4 5 6 11 12 13 14 15 16 21 22 23 24 25 26")]
    [InlineData(TensorLayout.NCHW, ChannelOrder.BGR, "21 22 23 24 25 26 11 12 13 14 15 16 1 2 3 4 5 6")]
    [InlineData(TensorLayout.NHWC, ChannelOrder.RGB, "1 11 21 2 12 22 3 13 23 4 14 24 5 15 25 6 16 26")]
    [InlineData(TensorLayout.NHWC, ChannelOrder.BGR, "21 11 1 22 12 2 23 13 3 24 14 4 25 15 5 26 16 6")]
    public void Values_lie_where_layout_and_channel_order_say(TensorLayout layout, ChannelOrder channels, string wanted)
    {
        var input = Given.Input(3, 2) with { Layout = layout, Channels = channels, Scale = 1 };
        Assert.Equal(wanted, string.Join(' ', Written(input, s_rows)));
        var floats = input with { Type = TensorType.Float32 };
        Assert.Equal(wanted, string.Join(' ', MemoryMarshal.Cast<byte, float>(Written(floats, s_rows)).ToArray()));
    }

    [Theory]
    [InlineData(TensorLayout.NCHW)]
    [InlineData(TensorLayout.NHWC)]
    public void A_gray_tensor_has_one_value_a_pixel(TensorLayout layout)
    {
        var input = Given.Input(3, 2) with { Layout = layout, Channels = ChannelOrder.Grey };
        Assert.Equal([1, 2, 3, 4, 5, 6], Written(input, [[1, 2, 3], [4, 5, 6]]));
    }

    [Fact]
    public void Bytes_are_not_normalized()
    {
        var input = Given.Input(1, 1) with { Scale = 0.5, Mean = [7, 7, 7], Std = [2, 2, 2] };
        Assert.Equal([200, 100, 50], Written(input, [[200, 100, 50, 0]]));
    }

    [Fact]
    public void Mean_and_std_are_in_the_order_of_the_channels()
    {
        var input = Given.Input(1, 1) with
        {
            Channels = ChannelOrder.BGR,
            Type = TensorType.Float32,
            Scale = 1,
            Mean = [1, 2, 3],
            Std = [1, 2, 4],
        };
        var floats = MemoryMarshal.Cast<byte, float>(Written(input, [[11, 22, 33, 0]])).ToArray();
        Assert.Equal([32f, 10f, 2f], floats);
    }

    [Fact]
    public void A_scaled_value_is_within_one_unit_in_the_last_place_of_single_precision_arithmetic()
    {
        var table = new Normalization(Given.Input(1, 1)).Channel(0);
        for (var value = 0; value < 256; value++)
        {
            var single = value * (float)(1 / 255.0);
            Assert.InRange(
                BitConverter.SingleToInt32Bits(table[value]) - BitConverter.SingleToInt32Bits(single), -1, 1);
            Assert.Equal(value / 255f, table[value]);
        }
    }

    [Fact]
    public void A_tensor_of_another_size_is_a_bug()
    {
        var input = Given.Input(2, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = new TensorWriter(input, new(input), new byte[11]));
    }

    private static byte[] Written(InputSpec input, byte[][] rows)
    {
        var tensor = new byte[input.ByteCount];
        var writer = new TensorWriter(input, new Normalization(input), tensor);
        for (var y = 0; y < rows.Length; y++)
        {
            writer.Write(y, rows[y]);
        }

        return tensor;
    }
}
