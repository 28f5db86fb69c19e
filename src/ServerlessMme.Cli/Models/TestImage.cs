using System.Buffers;
using System.Buffers.Binary;
using ServerlessMme.Core.Images;

namespace ServerlessMme.Cli.Models;

/// <summary>An image to try a model on when the user names none: coloured stripes and noise, as a BMP file.</summary>
internal static class TestImage
{
    private const int Side = 64;
    private const int HeaderBytes = 54;
    private const int BitsPerPixel = 24;

    public static EncodedImage Create()
    {
        const int length = HeaderBytes + (Side * Side * 3);
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        var header = bytes.AsSpan(0, HeaderBytes);
        header.Clear();
        "BM"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[2..], length);
        BinaryPrimitives.WriteInt32LittleEndian(header[10..], HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[14..], 40);
        BinaryPrimitives.WriteInt32LittleEndian(header[18..], Side);
        BinaryPrimitives.WriteInt32LittleEndian(header[22..], Side);
        BinaryPrimitives.WriteInt16LittleEndian(header[26..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[28..], BitsPerPixel);
        var noise = new Random(1);
        for (var pixel = 0; pixel < Side * Side; pixel++)
        {
            var at = HeaderBytes + (pixel * 3);
            bytes[at] = (byte)(pixel % Side * 4);
            bytes[at + 1] = (byte)(pixel / Side * 4);
            bytes[at + 2] = (byte)noise.Next(256);
        }

        return new EncodedImage(new ImageReference(null, "a test image", null, length), bytes, length);
    }
}
