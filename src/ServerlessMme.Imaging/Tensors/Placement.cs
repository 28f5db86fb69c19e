using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>
/// Where an image lies in the input. The part (<paramref name="Across"/>, <paramref name="Down"/>) of the image is
/// resized to <paramref name="Width"/> × <paramref name="Height"/>, and its upper left corner is put at
/// (<paramref name="Left"/>, <paramref name="Top"/>). Parts outside the input are cropped, and uncovered parts of the
/// input are filled with a color.
/// </summary>
internal readonly record struct Placement(
    int Width, int Height, int Left, int Top, SourceRange Across, SourceRange Down)
{
    /// <summary>Computes the placement as the mode's Python counterpart does.</summary>
    public static Placement Of(int width, int height, InputSpec input)
    {
        var whole = new Placement(
            input.Width, input.Height, 0, 0, SourceRange.Whole(width), SourceRange.Whole(height));
        return input.Resize.Mode switch
        {
            ResizeMode.ShorterSide => ShorterSide(whole, width, height, input),
            ResizeMode.StretchCrop => CenterCrop(whole, input.Resize.Side, input.Resize.Side, input),
            ResizeMode.Cover => Cover(whole, width, height, input),
            ResizeMode.Letterbox => Letterbox(whole, width, height, input),
            _ => whole,
        };
    }

    // torchvision: Resize(side), then CenterCrop((height, width)).
    private static Placement ShorterSide(Placement whole, int width, int height, InputSpec input)
    {
        var side = input.Resize.Side;
        var longer = (int)((double)((long)side * Math.Max(width, height)) / Math.Min(width, height));
        var (newWidth, newHeight) = width <= height ? (side, longer) : (longer, side);
        return CenterCrop(whole, newWidth, newHeight, input);
    }

    private static Placement CenterCrop(Placement whole, int width, int height, InputSpec input) => whole with
    {
        Width = width,
        Height = height,
        Left = CropStart(width, input.Width, input.Resize.Offset),
        Top = CropStart(height, input.Height, input.Resize.Offset),
    };

    // An image that is too small is padded. torchvision puts the smaller half of the padding first, and Hugging Face
    // the larger half: its (size - wanted) // 2 rounds down below 0 too, as the shift does.
    private static int CropStart(int size, int wanted, CropOffset offset) =>
        offset == CropOffset.Floor ? -((size - wanted) >> 1)
        : size < wanted ? (wanted - size) / 2
        : -RoundToEven((size - wanted) / 2.0);

    // Pillow: ImageOps.fit, step by step, because the box is rounded to single precision only at the end.
    private static Placement Cover(Placement whole, int width, int height, InputSpec input)
    {
        var (ratio, wanted) = ((double)width / height, (double)input.Width / input.Height);
        if (ratio > wanted)
        {
            return whole with { Across = Center(width, wanted * height) };
        }

        return ratio < wanted ? whole with { Down = Center(height, width / wanted) } : whole;
    }

    private static SourceRange Center(double length, double wanted)
    {
        var start = (length - wanted) * 0.5;
        return new SourceRange((float)start, (float)(start + wanted));
    }

    // Pillow: ImageOps.pad, which begins with ImageOps.contain. A line so thin that Pillow fails on it keeps one pixel.
    private static Placement Letterbox(Placement whole, int width, int height, InputSpec input)
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

        return whole with
        {
            Width = newWidth,
            Height = newHeight,
            Left = BarBefore(input.Width - newWidth, input.Resize.Offset),
            Top = BarBefore(input.Height - newHeight, input.Resize.Offset),
        };
    }

    // timm's CenterCropOrPad puts the smaller half first.
    private static int BarBefore(int bars, CropOffset offset) =>
        offset == CropOffset.Floor ? bars / 2 : RoundToEven(bars * 0.5);

    private static int RoundToEven(double value) => (int)Math.Round(value, MidpointRounding.ToEven);
}
