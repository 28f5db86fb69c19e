using System.Runtime.InteropServices;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>Images of random noise, always the same, for comparing two sessions of one model.</summary>
internal sealed class Probe : IDisposable
{
    /// <summary>Maximum difference between two scores, relative to scores above 1.</summary>
    private const float Tolerance = 1e-5f;

    private readonly TensorBatch _tensors;

    public Probe(InputSpec input, int images = 1)
    {
        _tensors = new TensorBatch(input, images);
        var noise = new Random(20);
        for (var i = 0; i < images; i++)
        {
            if (input.Type == TensorType.UInt8)
            {
                noise.NextBytes(_tensors.Row(i));
                continue;
            }

            foreach (ref var value in MemoryMarshal.Cast<byte, float>(_tensors.Row(i)))
            {
                value = noise.NextSingle();
            }
        }
    }

    /// <summary>Address of the images.</summary>
    public nint Address => _tensors.Address;

    /// <summary>Runs all images at once.</summary>
    /// <exception cref="RunTimeoutException">The run took longer.</exception>
    public float[] Run(OnnxModel model, TimeSpan timeout, CancellationToken cancellationToken) =>
        model.Run(_tensors.Address, _tensors.Capacity, timeout, cancellationToken);

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
