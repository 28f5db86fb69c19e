using System.Buffers;
using System.Buffers.Binary;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>Images for checking a model if the user specifies none: color gradients and noise, as BMP files.</summary>
internal static class TestImage
{
    private const int Side = 64;
    private const int HeaderBytes = 54;
    private const int BitsPerPixel = 24;

    /// <summary>
    /// Creates an image of 64 × 64 pixels to exercise resizing, or of the model's input size if it doesn't resize.
    /// </summary>
    /// <param name="variant">Different numbers result in images that have little in common.</param>
    public static EncodedImage Create(InputSpec input, int variant = 0) => input.Resize.Mode == ResizeMode.None
        ? Create(input.Width, input.Height, variant)
        : Create(Side, Side, variant);

    private static EncodedImage Create(int width, int height, int variant)
    {
        var rowBytes = ((width * 3) + 3) / 4 * 4;
        var length = HeaderBytes + (rowBytes * height);
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        var header = bytes.AsSpan(0, HeaderBytes);
        header.Clear();
        "BM"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[2..], length);
        BinaryPrimitives.WriteInt32LittleEndian(header[10..], HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[14..], 40);
        BinaryPrimitives.WriteInt32LittleEndian(header[18..], width);
        BinaryPrimitives.WriteInt32LittleEndian(header[22..], height);
        BinaryPrimitives.WriteInt16LittleEndian(header[26..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[28..], BitsPerPixel);
        var noise = new Random(1);
        for (var y = 0; y < height; y++)
        {
            var row = bytes.AsSpan(HeaderBytes + (y * rowBytes), rowBytes);
            row.Clear();
            for (var x = 0; x < width; x++)
            {
                var (blue, green, red) = Pixel(x, y, variant, noise);
                row[x * 3] = (byte)blue;
                row[(x * 3) + 1] = (byte)green;
                row[(x * 3) + 2] = (byte)red;
            }
        }

        return new EncodedImage(new ImageReference(null, "a test image", null, length), bytes, length);
    }

    /// <summary>Returns a pixel of gradients with noise, a dark scene with a light, or a checkered surface.</summary>
    private static (int Blue, int Green, int Red) Pixel(int x, int y, int variant, Random noise) => (variant % 3) switch
    {
        0 => (x * 4, y * 4, noise.Next(256)),
        1 => Math.Abs(x - 20) + Math.Abs(y - 40) < 12 ? (90, 210, 250) : (30, 16, noise.Next(24)),
        _ => ((x / 8) + (y / 8)) % 2 == 0 ? (235, 225, 200 + noise.Next(50)) : (60, 140, 40),
    };
}
