using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>
/// Where an image lies in the input: it is resized to <paramref name="Width"/> × <paramref name="Height"/> and its
/// upper left corner is put at (<paramref name="Left"/>, <paramref name="Top"/>). Parts outside the input are cropped,
/// and uncovered parts of the input are filled with a color.
/// </summary>
internal readonly record struct Placement(int Width, int Height, int Left, int Top)
{
    /// <summary>Computes the placement as the mode's Python counterpart does.</summary>
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

    // An image that is too small is padded first, with the smaller half in front.
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
