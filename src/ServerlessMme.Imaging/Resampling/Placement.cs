using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// Where an image comes to lie in the input: it is resized to <paramref name="Width"/> × <paramref name="Height"/>, and
/// its left upper corner is put at (<paramref name="Left"/>, <paramref name="Top"/>). What then lies outside of the
/// input is cut off, and what is left bare gets a colour.
/// </summary>
internal readonly record struct Placement(int Width, int Height, int Left, int Top)
{
    /// <summary>Works out the place of an image of a size, as the mode's model does in Python.</summary>
    public static Placement Of(int width, int height, InputSpec input) => input.Resize.Mode switch
    {
        ResizeMode.ShorterSide => ShorterSide(width, height, input),
        ResizeMode.Letterbox => Letterbox(width, height, input),
        _ => new Placement(input.Width, input.Height, 0, 0),
    };

    // torchvision: Resize(side), then CenterCrop((height, width)).
    private static Placement ShorterSide(int width, int height, InputSpec input)
    {
        var side = input.Resize.Side;
        var longer = (int)((double)((long)side * Math.Max(width, height)) / Math.Min(width, height));
        var (newWidth, newHeight) = width <= height ? (side, longer) : (longer, side);
        return new Placement(
            newWidth, newHeight, CentreCrop(newWidth, input.Width), CentreCrop(newHeight, input.Height));
    }

    // An image that is too small is padded first, with the smaller half before it.
    private static int CentreCrop(int size, int wanted) =>
        size < wanted ? (wanted - size) / 2 : -RoundToEven((size - wanted) / 2.0);

    // Pillow: ImageOps.pad, which begins with ImageOps.contain. A line so thin that Pillow fails on it keeps one pixel.
    private static Placement Letterbox(int width, int height, InputSpec input)
    {
        var (ratio, wanted) = ((double)width / height, (double)input.Width / input.Height);
        var (newWidth, newHeight) = (input.Width, input.Height);
        if (ratio > wanted)
        {
            newHeight = Math.Max(1, RoundToEven((double)height / width * input.Width));
        }
        else if (ratio < wanted)
        {
            newWidth = Math.Max(1, RoundToEven((double)width / height * input.Height));
        }

        var (left, top) = ((input.Width - newWidth) * 0.5, (input.Height - newHeight) * 0.5);
        return new Placement(newWidth, newHeight, RoundToEven(left), RoundToEven(top));
    }

    private static int RoundToEven(double value) => (int)Math.Round(value, MidpointRounding.ToEven);
}

/// <summary>One axis of a resize, and the part of it that is wanted.</summary>
/// <param name="Source">Positions there are.</param>
/// <param name="Target">Positions that they are resized to.</param>
/// <param name="From">First target position that is wanted.</param>
/// <param name="Count">Target positions that are wanted.</param>
internal readonly record struct AxisSpec(int Source, int Target, int From, int Count, ResizeFilter Filter)
{
    /// <summary>The whole of an axis.</summary>
    public static AxisSpec Whole(int source, int target, ResizeFilter filter) =>
        new(source, target, 0, target, filter);

    /// <summary>The part that lies inside the input.</summary>
    /// <param name="offset">Where the first target position comes to lie in the input; may be before it.</param>
    /// <param name="length">The input's positions.</param>
    public static AxisSpec Inside(int source, int target, int offset, int length, ResizeFilter filter)
    {
        var from = Math.Max(0, -offset);
        return new AxisSpec(source, target, from, Math.Min(target - from, length - Math.Max(0, offset)), filter);
    }
}
