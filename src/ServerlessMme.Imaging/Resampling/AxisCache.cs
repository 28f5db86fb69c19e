using System.Collections.Concurrent;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// Keeps the tables of recent sizes: images of one source mostly have one size. Large tables are not kept, their cost
/// is small beside decoding such an image. At most 16 MiB. Thread-safe.
/// </summary>
internal sealed class AxisCache
{
    private const int MaxEntries = 256;
    private const int MaxEntryBytes = 64 * 1024;

    private readonly ConcurrentDictionary<(int Source, int Target, ResizeFilter Filter), Axis> _axes = new();

    /// <summary>The tables for a size, made at the first call.</summary>
    public Axis Get(int source, int target, ResizeFilter filter)
    {
        if (_axes.TryGetValue((source, target, filter), out var known))
            return known;
        var axis = Axis.Create(source, target, filter);
        if (axis.Bytes > MaxEntryBytes)
            return axis;
        // Sizes that never come back must not fill memory; starting over costs microseconds an image.
        if (_axes.Count >= MaxEntries)
            _axes.Clear();
        return _axes.GetOrAdd((source, target, filter), axis);
    }
}
