using System.Runtime.InteropServices;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>One image of noise, always the same, to compare two sessions of one model.</summary>
internal sealed class Probe : IDisposable
{
    /// <summary>Scores may differ by this, or by this share where they are larger than 1.</summary>
    private const float Tolerance = 1e-5f;

    private readonly TensorBatch _tensors;

    public Probe(InputSpec input)
    {
        _tensors = new TensorBatch(input, 1);
        var noise = new Random(20);
        if (input.Type == TensorType.UInt8)
        {
            noise.NextBytes(_tensors.Row(0));
        }
        else
        {
            foreach (ref var value in MemoryMarshal.Cast<byte, float>(_tensors.Row(0)))
            {
                value = noise.NextSingle();
            }
        }
    }

    public float[] Run(OnnxModel model, CancellationToken cancellationToken) =>
        model.Run(_tensors.Address, 1, cancellationToken);

    public static bool Same(float[] expected, float[] actual)
    {
        if (expected.Length != actual.Length)
        {
            return false;
        }

        foreach (var (one, other) in expected.Zip(actual))
        {
            if (!one.Equals(other) && !(Math.Abs(one - other) <= Tolerance * Math.Max(1, Math.Abs(one))))
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose() => _tensors.Dispose();
}
