using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Resampling;
using ServerlessMme.Imaging.Tensors;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests.Resampling;

public sealed class PillowResizeTests
{
    [Fact]
    public void Every_resize_has_the_bits_that_Pillow_made()
    {
        var wrong = new List<ResizeVector>();
        var count = 0;
        foreach (var vectors in Vectors.Resizes())
        {
            foreach (var ofOneSource in vectors.GroupBy(vector => vector.Gray))
            {
                var made = Resize([.. ofOneSource]);
                wrong.AddRange(ofOneSource.Where((vector, i) => Vectors.Hash(made[i]) != vector.Hash));
                count += made.Length;
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(2400, count);
    }

    private static byte[][] Resize(ResizeVector[] vectors)
    {
        var (width, height, gray) = (vectors[0].SourceWidth, vectors[0].SourceHeight, vectors[0].Gray);
        var pixels = new byte[width * height * 4];
        for (var y = 0; y < height; y++)
        {
            Pattern.Row(y, gray, pixels.AsSpan(y * width * 4, width * 4));
        }

        return [.. vectors.Select(vector => Resize(vector, pixels))];
    }

    private static byte[] Resize(ResizeVector vector, ReadOnlySpan<byte> pixels)
    {
        var input = Given.Input(vector.Width, vector.Height);
        if (vector.Gray)
        {
            input = input with { Channels = ChannelOrder.Grey };
        }

        var tensor = new byte[input.ByteCount];
        var writer = new TensorWriter(input, new Normalization(input), tensor);
        var rows = new RowResampler(
            Axis.Create(AxisSpec.Whole(vector.SourceWidth, vector.Width, vector.Filter)),
            Axis.Create(AxisSpec.Whole(vector.SourceHeight, vector.Height, vector.Filter)),
            new TensorFrame(writer, input, default, vector.Width, vector.Height));
        for (var y = 0; y < vector.SourceHeight; y++)
        {
            rows.Push(pixels.Slice(y * vector.SourceWidth * 4, vector.SourceWidth * 4));
        }

        rows.Dispose();
        return tensor;
    }
}
