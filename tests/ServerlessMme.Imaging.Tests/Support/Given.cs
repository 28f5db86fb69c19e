using System.Buffers;
using System.Runtime.InteropServices;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>Inputs with everything plain, to be changed with <c>with</c>, and images of given bytes.</summary>
internal static class Given
{
    public static InputSpec Input(int width, int height) => new(
        Name: null,
        width,
        height,
        TensorLayout.NHWC,
        ChannelOrder.RGB,
        TensorType.UInt8,
        new ResizeSpec(ResizeMode.Stretch, ResizeFilter.Bilinear),
        Scale: 1 / 255.0,
        Mean: [0, 0, 0],
        Std: [1, 1, 1]);

    public static EncodedImage Image(ReadOnlySpan<byte> bytes, string name = "holiday/plane.jpg")
    {
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        return new EncodedImage(new ImageReference("images-cifar10", name, null, bytes.Length), rented, bytes.Length);
    }

    /// <summary>The tensor's bytes, which must be made without a refusal.</summary>
    public static byte[] Tensor(ReadOnlySpan<byte> bytes, InputSpec input)
    {
        using var image = Image(bytes);
        var tensor = new byte[input.ByteCount];
        var refusal = new ImagePreprocessor(new ImagingOptions()).Fill(image, input, tensor);
        Assert.True(refusal is null, refusal?.Message);
        return tensor;
    }

    public static float[] Floats(ReadOnlySpan<byte> bytes, InputSpec input) =>
        MemoryMarshal.Cast<byte, float>(Tensor(bytes, input with { Type = TensorType.Float32 })).ToArray();

    /// <summary>The refusal that these bytes get.</summary>
    public static Refusal? Refusal(ReadOnlySpan<byte> bytes, ImagingOptions? options = null, string name = "a.jpg")
    {
        using var image = Image(bytes, name);
        var input = Input(8, 8);
        return new ImagePreprocessor(options ?? new ImagingOptions()).Fill(image, input, new byte[input.ByteCount]);
    }
}
