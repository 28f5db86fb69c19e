using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

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

    /// <summary>An input as a manifest says it.</summary>
    public static InputSpec Input(string members)
    {
        var manifest = ManifestReader.Read(
            ModelName.Parse("m").Value, Encoding.UTF8.GetBytes($"{{\"labels\":[\"a\"],\"input\":{members}}}"));
        Assert.True(manifest.Refusal is null, manifest.Refusal?.Message);
        return manifest.Value.Input;
    }

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

    /// <summary>A bitmap of pixels in rows from the top, 3 bytes each.</summary>
    public static byte[] Bmp(int width, int height, ReadOnlySpan<byte> rgb)
    {
        const int HeaderBytes = 54;
        var rowBytes = ((width * 3) + 3) / 4 * 4;
        var bmp = new byte[HeaderBytes + (rowBytes * height)];
        "BM"u8.CopyTo(bmp);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(2), bmp.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(10), HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), -height);
        BinaryPrimitives.WriteInt16LittleEndian(bmp.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bmp.AsSpan(28), 24);
        for (var i = 0; i < width * height; i++)
        {
            var at = HeaderBytes + (i / width * rowBytes) + (i % width * 3);
            (bmp[at], bmp[at + 1], bmp[at + 2]) = (rgb[(i * 3) + 2], rgb[(i * 3) + 1], rgb[i * 3]);
        }

        return bmp;
    }

    /// <summary>The head of a PNG that claims to have this size.</summary>
    public static byte[] PngOf(int width, int height)
    {
        var png = Vectors.File("rgb.png")[..33];
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        MendHeader(png);
        return png;
    }

    /// <summary>Makes the checksum of a PNG's first chunk right, or wrong by <paramref name="error"/>.</summary>
    public static void MendHeader(byte[] png, byte error = 0) => BinaryPrimitives.WriteUInt32BigEndian(
        png.AsSpan(29), Crc32.HashToUInt32(png.AsSpan(12, 17)) ^ error);

    /// <summary>The refusal that these bytes get.</summary>
    public static Refusal? Refusal(
        ReadOnlySpan<byte> bytes, ImagingOptions? options = null, string name = "a.jpg", InputSpec? input = null)
    {
        using var image = Image(bytes, name);
        input ??= Input(8, 8);
        return new ImagePreprocessor(options ?? new ImagingOptions()).Fill(image, input, new byte[input.ByteCount]);
    }
}
