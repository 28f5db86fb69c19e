using System.Buffers;
using System.Buffers.Binary;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models;

/// <summary>An image to check a model with if the user names none: color gradients and noise, as a BMP file.</summary>
internal static class TestImage
{
    private const int Side = 64;
    private const int HeaderBytes = 54;
    private const int BitsPerPixel = 24;

    /// <summary>
    /// Creates an image of 64 × 64 pixels to exercise resizing, or of the model's input size if it doesn't resize.
    /// </summary>
    public static EncodedImage Create(InputSpec input) => input.Resize.Mode == ResizeMode.None
        ? Create(input.Width, input.Height)
        : Create(Side, Side);

    private static EncodedImage Create(int width, int height)
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
                row[x * 3] = (byte)(x * 4);
                row[(x * 3) + 1] = (byte)(y * 4);
                row[(x * 3) + 2] = (byte)noise.Next(256);
            }
        }

        return new EncodedImage(new ImageReference(null, "a test image", null, length), bytes, length);
    }
}
