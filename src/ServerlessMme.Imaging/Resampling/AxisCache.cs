using System.Collections.Concurrent;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// Keeps the tables of recent sizes, because images from one source usually have one size. Takes at most 16 MiB, plus
/// one table per thread. Thread-safe.
/// </summary>
internal sealed class AxisCache
{
    private const long MaxBytes = 16 * 1024 * 1024;
    private const long MaxAxisBytes = 1024 * 1024;

    private readonly ConcurrentDictionary<AxisSpec, Axis> _axes = new();
    private long _bytes;

    /// <summary>Returns the tables for a size. The first call creates them.</summary>
    public Axis Get(AxisSpec spec)
    {
        if (_axes.TryGetValue(spec, out var known))
        {
            return known;
        }

        var axis = Axis.Create(spec);
        if (axis.Bytes <= MaxAxisBytes && _axes.TryAdd(spec, axis)
            && Interlocked.Add(ref _bytes, axis.Bytes) > MaxBytes)
        {
            // Sizes that never recur must not fill memory. Creating the tables again is cheap compared to decoding the
            // images.
            _axes.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        return axis;
    }
}
