using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Recognizes image formats that aren't decoded, to name them in a refusal.</summary>
internal static class ForeignFormats
{
    /// <summary>The photo format of iPhones.</summary>
    public const string Heic = "HEIC";

    /// <summary>A format that recent Android phones and websites use.</summary>
    public const string Avif = "AVIF";

    private const int TextBytes = 1024;
    private const int MaxBrands = 32;

    /// <summary>Returns the format's name, or null if it isn't one of these formats.</summary>
    public static string? Find(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8))
        {
            return FromBrands(bytes);
        }

        foreach (var (name, magic) in Magics)
        {
            if (bytes.StartsWith(magic))
            {
                return name;
            }
        }

        var text = bytes[..Math.Min(TextBytes, bytes.Length)];
        return text.IndexOf("<svg"u8) >= 0 ? "SVG" : null;
    }

    private static (string Name, byte[] Magic)[] Magics { get; } =
    [
        ("TIFF", [.. "II"u8, 42, 0]),
        ("TIFF", [.. "MM"u8, 0, 42]),
        ("TIFF", [.. "II"u8, 43, 0]),
        ("TIFF", [.. "MM"u8, 0, 43]),
        ("JPEG XR", [.. "II"u8, 0xBC]),
        ("JPEG XL", [0xFF, 0x0A]),
        ("JPEG XL", [0, 0, 0, 12, .. "JXL "u8]),
        ("JPEG 2000", [0, 0, 0, 12, .. "jP  "u8]),
        ("JPEG 2000", [0xFF, 0x4F, 0xFF, 0x51]),
        ("PDF", [.. "%PDF-"u8]),
        ("PostScript", [.. "%!PS"u8]),
        ("Photoshop (PSD)", [.. "8BPS"u8]),
        ("ICO", [0, 0, 1, 0]),
        ("OpenEXR", [0x76, 0x2F, 0x31, 0x01]),
        ("QOI", [.. "qoif"u8]),
        ("DDS", [.. "DDS "u8]),
        ("PNM", [.. "P5\n"u8]),
        ("PNM", [.. "P6\n"u8]),
    ];

    // HEIC and AVIF share their container with videos. Its major brand is at offset 8, and compatible brands start at
    // 16.
    private static string? FromBrands(ReadOnlySpan<byte> bytes)
    {
        var brand = bytes[8..12];
        if (IsAvif(brand))
        {
            return Avif;
        }

        if (brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8))
        {
            return Heic;
        }

        // These brands name only the container. A compatible brand names the codec, which is usually HEIC's.
        if (brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8))
        {
            var end = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(bytes), (uint)bytes.Length);
            for (var at = 16; at + 4 <= end && at < 16 + (4 * MaxBrands); at += 4)
            {
                if (IsAvif(bytes.Slice(at, 4)))
                {
                    return Avif;
                }
            }

            return Heic;
        }

        return brand.SequenceEqual("crx "u8) ? "CR3 (camera raw)" : null;
    }

    private static bool IsAvif(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8);
}
