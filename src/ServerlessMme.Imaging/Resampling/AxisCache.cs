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

    /// <summary>The tables for a size, made at the first call.</summary>
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
            // Sizes that never come back must not fill memory. Starting over is cheap compared to decoding such images.
            _axes.Clear();
            Interlocked.Exchange(ref _bytes, 0);
        }

        return axis;
    }
}
