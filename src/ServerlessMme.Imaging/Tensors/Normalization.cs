using System.Runtime.CompilerServices;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>
/// The tensor's value for each of the 256 pixel values in each channel. Computed as (v × scale − mean) / std in double
/// precision and rounded to single once, so a value is never farther from NumPy's float32 arithmetic than that
/// arithmetic's own rounding: with mean 0 and std 1 at most one unit in the last place. Immutable.
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

    /// <summary>The 256 results of a channel, in the tensor's channel order.</summary>
    public ReadOnlySpan<float> Channel(int channel) => _table.AsSpan(channel * Values, Values);
}

/// <summary>Keeps the tables of each manifest's input for as long as the manifest is in use. Thread-safe.</summary>
internal sealed class NormalizationCache
{
    private readonly ConditionalWeakTable<InputSpec, Normalization> _tables = [];

    public Normalization Get(InputSpec input) => _tables.GetValue(input, static spec => new Normalization(spec));
}
