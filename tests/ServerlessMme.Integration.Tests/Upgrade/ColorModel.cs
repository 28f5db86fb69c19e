using System.Text.Json;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>A network of 3 KiB that tells which of three colors an image has most of, of 8 × 8 pixels.</summary>
internal static class ColorModel
{
    private const int Side = 8;
    private const int Channels = 3;

    // Photos are almost gray. Without it, all scores would be close to a third.
    private const float Gain = 20;

    /// <summary>Writes the model's folder.</summary>
    /// <param name="labels">What images with most red, most green and most blue are called.</param>
    /// <param name="minScore">Answers below it are unsure.</param>
    public static async Task WriteAsync(string folder, IReadOnlyList<string> labels, double minScore)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, "model.onnx"), Network());
        await File.WriteAllTextAsync(Path.Combine(folder, "model.json"), JsonSerializer.Serialize(new
        {
            labels,
            input = new { width = Side, height = Side, preset = "unit" },
            output = new { activation = "softmax" },
            accept = new { minScore },
        }));
    }

    private static byte[] Network()
    {
        var graph = new GraphBuilder();
        var weights = new float[Channels * Side * Side * Channels];
        for (var i = 0; i < Channels * Side * Side; i++)
        {
            weights[(i * Channels) + (i / (Side * Side))] = Gain / (Side * Side);
        }

        // More than 1 KiB, so the tensor store keeps it in a pack.
        var pixels = graph.Node("Flatten", [graph.Input("input", GraphBuilder.Float, -1, Channels, Side, Side)]);
        return graph
            .NodeTo("scores", "MatMul", [pixels, graph.Weights(weights, Channels * Side * Side, Channels)])
            .Output("scores", GraphBuilder.Float, -1, Channels)
            .ToBytes();
    }
}
