using NetVips;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging;
using SkiaSharp;

namespace ServerlessMme.Benchmarks.Imaging;

/// <summary>Ways from a JPEG's bytes to a float tensor: three planes, values from 0 to 1, stretched.</summary>
internal static class Preprocessors
{
    private static readonly ImagePreprocessor s_own = new(new ImagingOptions());

    /// <summary>This project's, on every pixel or at a part of the size.</summary>
    public static Action<byte[], Span<float>> Own(int side, DecodeMode decode)
    {
        var input = new InputSpec(
            null, side, side, TensorLayout.NCHW, ChannelOrder.RGB, TensorType.Float32,
            new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear), 1 / 255.0, [0, 0, 0], [1, 1, 1], Decode: decode);
        return (jpeg, tensor) =>
        {
            var image = new EncodedImage(new ImageReference(null, "image", null, jpeg.Length), jpeg, jpeg.Length);
            if (s_own.Fill(image, input, System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor)) is { } refusal)
            {
                throw new InvalidOperationException(refusal.Message);
            }
        };
    }

    /// <summary>SkiaSharp's own decoding and resizing, with its best answer to shrinking: mipmaps.</summary>
    public static Action<byte[], Span<float>> Skia(int side)
    {
        var sampling = new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear);
        return (jpeg, tensor) =>
        {
            using var decoded = SKBitmap.Decode(jpeg);
            using var resized = decoded.Resize(new SKSizeI(side, side), sampling);
            var (red, blue) = resized.ColorType == SKColorType.Bgra8888 ? (2, 0) : (0, 2);
            Spread(resized.GetPixelSpan(), 4, red, blue, tensor);
        };
    }

    /// <summary>libvips on every pixel.</summary>
    public static Action<byte[], Span<float>> VipsResize(int side) => (jpeg, tensor) =>
    {
        using var decoded = Image.NewFromBuffer(jpeg, access: Enums.Access.Sequential);
        using var resized = decoded.Resize(
            (double)side / decoded.Width, Enums.Kernel.Linear, vscale: (double)side / decoded.Height);
        Spread(resized.WriteToMemory<byte>(), 3, 0, 2, tensor);
    };

    /// <summary>libvips' thumbnails, which begin with a JPEG decoded at a part of its size.</summary>
    public static Action<byte[], Span<float>> VipsThumbnail(int side) => (jpeg, tensor) =>
    {
        using var resized = Image.ThumbnailBuffer(
            jpeg, side, height: side, size: Enums.Size.Force, noRotate: true);
        Spread(resized.WriteToMemory<byte>(), 3, 0, 2, tensor);
    };

    private static void Spread(ReadOnlySpan<byte> pixels, int step, int red, int blue, Span<float> tensor)
    {
        var plane = tensor.Length / 3;
        for (var i = 0; i < plane; i++)
        {
            tensor[i] = pixels[(i * step) + red] / 255f;
            tensor[plane + i] = pixels[(i * step) + 1] / 255f;
            tensor[(2 * plane) + i] = pixels[(i * step) + blue] / 255f;
        }
    }
}
