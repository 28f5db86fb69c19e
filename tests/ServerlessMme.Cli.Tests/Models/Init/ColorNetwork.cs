using System.Buffers.Binary;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Cli.Tests.Models.Init;

/// <summary>
/// Networks that tell plain colors by the mean of their channels. They are linear, so many ranges fit them equally.
/// </summary>
internal static class ColorNetwork
{
    public const int Side = 16;
    private const int HeaderBytes = 54;

    /// <summary>A network with a score for each row. A row has a weight for each channel.</summary>
    public static byte[] Of(float strength, params float[][] rows)
    {
        var graph = new GraphBuilder();
        var input = graph.Input("pixels", GraphBuilder.Float, -1, 3, Side, Side);
        var weights = graph.Weights(
            [.. rows.SelectMany(row => row).Select(weight => weight * strength)], rows.Length, 3);
        var means = graph.Node("Flatten", [graph.Node("GlobalAveragePool", [input])]);
        var scores = graph.Node("Gemm", [means, weights], GraphBuilder.Int("transB", 1));
        return graph.NodeTo("scores", "Softmax", [scores], GraphBuilder.Int("axis", 1))
            .Output("scores", GraphBuilder.Float, -1, rows.Length).ToBytes();
    }

    /// <summary>
    /// Writes a BMP image of twice the width. A center crop sees only the middle. Colors are 0xRRGGBB.
    /// </summary>
    public static void WriteImage(TemporaryFolder folder, string name, int middle, int outer)
    {
        const int Width = 2 * Side;
        var bytes = new byte[HeaderBytes + (Width * Side * 3)];
        "BM"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(10), HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), Width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), Side);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(28), 24);
        for (var i = 0; i < Width * Side; i++)
        {
            var color = i % Width is >= Side / 2 and < Side * 3 / 2 ? middle : outer;
            var pixel = bytes.AsSpan(HeaderBytes + (i * 3));
            (pixel[0], pixel[1], pixel[2]) = ((byte)color, (byte)(color >> 8), (byte)(color >> 16));
        }

        folder.Write(name, bytes);
    }
}
