namespace ServerlessMme.Imaging.Decoding;

/// <summary>Image formats that are told apart only to say clearly what was dropped.</summary>
internal static class ForeignFormats
{
    private const int TextBytes = 1024;

    /// <summary>The format's name; null when it is none of these either.</summary>
    public static string? Find(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 12 && bytes[4..8].SequenceEqual("ftyp"u8))
        {
            return FromBrand(bytes[8..12]);
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

    // The container that HEIC and AVIF share with videos.
    private static string? FromBrand(ReadOnlySpan<byte> brand)
    {
        if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8))
        {
            return "AVIF";
        }

        if (brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8)
            || brand.SequenceEqual("msf1"u8))
        {
            return "HEIC";
        }

        return brand.SequenceEqual("crx "u8) ? "CR3 (camera raw)" : null;
    }
}
