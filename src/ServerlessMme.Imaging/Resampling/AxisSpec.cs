using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>Describes one axis of a resize, and the part of it that is computed.</summary>
/// <param name="Source">Positions before the resize.</param>
/// <param name="Target">Positions after the resize.</param>
/// <param name="Part">The part of the source that becomes the target.</param>
/// <param name="From">First target position that is computed.</param>
/// <param name="Count">Target positions that are computed.</param>
/// <param name="IsMirrored">True if both source and target positions are counted from the end.</param>
internal readonly record struct AxisSpec(
    int Source, SourceRange Part, int Target, int From, int Count, ResizeFilter Filter, bool IsMirrored = false)
{
    /// <summary>True if every target position equals the source position with the same number.</summary>
    public bool IsIdentity => Source == Target && Part == SourceRange.Whole(Source);

    /// <summary>Returns the whole axis.</summary>
    public static AxisSpec Whole(int source, int target, ResizeFilter filter) =>
        new(source, SourceRange.Whole(source), target, 0, target, filter);

    /// <summary>Returns the part of the axis whose target positions lie inside the input.</summary>
    /// <param name="offset">
    /// Where the first target position lies in the input; negative if it lies before the input.
    /// </param>
    /// <param name="length">Number of the input's positions.</param>
    public static AxisSpec Inside(
        int source, SourceRange part, int target, int offset, int length, ResizeFilter filter)
    {
        var from = Math.Max(0, -offset);
        var count = Math.Min(target - from, length - Math.Max(0, offset));
        return new AxisSpec(source, part, target, from, count, filter);
    }
}
