using System.Runtime.CompilerServices;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>
/// The tensor's value for each of the 256 pixel values in each channel. It is computed as (v × scale − mean) / std in
/// double precision and rounded to single precision once, so it differs from NumPy's float32 result by no more than
/// NumPy's own rounding error: at most one unit in the last place if mean is 0 and std is 1. Immutable.
/// </summary>
internal sealed class Normalization
{
    private const int Values = 256;
    private readonly float[] _table;

    public Normalization(InputSpec input)
    {
        _table = new float[input.ChannelCount * Values];
        for (var channel = 0; channel < input.ChannelCount; channel++)
        {
            for (var value = 0; value < Values; value++)
            {
                _table[(channel * Values) + value] =
                    (float)(((value * input.Scale) - input.Mean[channel]) / input.Std[channel]);
            }
        }
    }

    /// <summary>Returns the 256 values of a channel. Channels are in the tensor's order.</summary>
    public ReadOnlySpan<float> Channel(int channel) => _table.AsSpan(channel * Values, Values);
}

/// <summary>Keeps the tables of each manifest's input for as long as the manifest is in use. Thread-safe.</summary>
internal sealed class NormalizationCache
{
    private readonly ConditionalWeakTable<InputSpec, Normalization> _tables = [];

    public Normalization Get(InputSpec input) => _tables.GetValue(input, static spec => new Normalization(spec));
}
