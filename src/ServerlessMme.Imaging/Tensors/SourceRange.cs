namespace ServerlessMme.Imaging.Tensors;

/// <summary>
/// The part of a source axis that becomes the whole target axis, in pixels and fractions of them. Single precision is
/// part of the contract: Pillow's <c>resize</c> converts its <c>box</c> to it.
/// </summary>
/// <param name="Start">The edge before the first position; 0 is the image's own edge.</param>
/// <param name="End">The edge after the last position.</param>
internal readonly record struct SourceRange(float Start, float End)
{
    /// <summary>Returns the whole axis. The length of any image's side is exact in single precision.</summary>
    public static SourceRange Whole(int length) => new(0, length);
}
