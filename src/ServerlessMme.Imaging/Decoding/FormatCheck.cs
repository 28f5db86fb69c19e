using System.Buffers.Binary;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// Recognizes formats by their first bytes, never by a file's name. Only the listed formats reach a decoder, so hostile
/// bytes can't choose a rarely used decoder.
/// </summary>
internal static class FormatCheck
{
    private const int BmpHeaderSizeAt = 14;

    private static ReadOnlySpan<byte> PngSignature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Identifies the image's format. Returns a refusal if the format isn't supported.</summary>
    public static Outcome<ImageFormat> Identify(ImageReference image, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Refusals.Empty(image);
        }

        if (Decoded(bytes) is { } format)
        {
            return format;
        }

        if (ForeignFormats.Find(bytes) is { } foreign)
        {
            return Refusals.UnsupportedFormat(image, foreign);
        }

        return ArchiveFormats.Find(bytes) is var (archive, canBeDropped)
            ? Refusals.Archive(image, archive, canBeDropped)
            : Refusals.NotAnImage(image, bytes);
    }

    private static ImageFormat? Decoded(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return ImageFormat.Jpeg;
        }

        if (bytes.StartsWith(PngSignature))
        {
            return ImageFormat.Png;
        }

        if (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..12].SequenceEqual("WEBP"u8))
        {
            return ImageFormat.WebP;
        }

        if (bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8))
        {
            return ImageFormat.Gif;
        }

        return IsBmp(bytes) ? ImageFormat.Bmp : null;
    }

    // Text may begin with "BM" too, so this also checks the size of the second header, which has only a few valid
    // values.
    private static bool IsBmp(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= BmpHeaderSizeAt + sizeof(uint) && bytes.StartsWith("BM"u8)
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes[BmpHeaderSizeAt..])
            is 12 or 40 or 52 or 56 or 64 or 108 or 124;
}
