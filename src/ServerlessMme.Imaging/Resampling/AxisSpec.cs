using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>One axis of a resize, and the part of it that is computed.</summary>
/// <param name="Source">Positions before the resize.</param>
/// <param name="Target">Positions after the resize.</param>
/// <param name="From">First target position that is computed.</param>
/// <param name="Count">Target positions that are computed.</param>
internal readonly record struct AxisSpec(int Source, int Target, int From, int Count, ResizeFilter Filter)
{
    /// <summary>The whole axis.</summary>
    public static AxisSpec Whole(int source, int target, ResizeFilter filter) =>
        new(source, target, 0, target, filter);

    /// <summary>The part that lies inside the input.</summary>
    /// <param name="offset">Where the first target position lies in the input; negative if before it.</param>
    /// <param name="length">The input's positions.</param>
    public static AxisSpec Inside(int source, int target, int offset, int length, ResizeFilter filter)
    {
        var from = Math.Max(0, -offset);
        return new AxisSpec(source, target, from, Math.Min(target - from, length - Math.Max(0, offset)), filter);
    }
}
