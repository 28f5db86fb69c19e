using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Compression;

/// <summary>A dense layer's weights as whole numbers from −63 to 63, times a scale per output.</summary>
/// <param name="Values">[inputs, outputs], row by row.</param>
/// <param name="Scales">One per output.</param>
internal sealed record Int8Weights(sbyte[] Values, float[] Scales)
{
    // Seven bits. Processors without VNNI add two products of 8-bit numbers in 16 bits, which saturate: 2 × 255 × 127
    // is more than 32,767, and 2 × 255 × 63 is not. With seven bits every processor gives the same sums.
    private const int Largest = 63;

    /// <summary>Converts the layer's weights. Returns null if one of them is not a finite number.</summary>
    public static Int8Weights? Of(QuantizableLayer layer)
    {
        var tensor = layer.Weights;
        var weights = tensor.HasRawData
            ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span)
            : (ReadOnlySpan<float>)tensor.FloatData.ToArray();
        var (inputs, outputs) = (layer.Inputs, layer.Outputs);
        var largest = new float[outputs];
        for (var i = 0; i < weights.Length; i++)
        {
            if (!float.IsFinite(weights[i]))
            {
                return null;
            }

            var output = layer.IsTransposed ? i / inputs : i % outputs;
            largest[output] = Math.Max(largest[output], Math.Abs(weights[i]));
        }

        // Any scale suits an output whose weights are all 0.
        var scales = Array.ConvertAll(largest, most => most == 0 ? 1 : most / Largest);
        var values = new sbyte[weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var (input, output) = layer.IsTransposed ? (i % inputs, i / inputs) : (i / outputs, i % outputs);
            // A scale near the smallest float is rounded itself.
            values[(input * outputs) + output] =
                (sbyte)Math.Clamp(MathF.Round(weights[i] / scales[output]), -Largest, Largest);
        }

        return new Int8Weights(values, scales);
    }
}
