namespace ServerlessMme.Imaging.Decoding;

/// <summary>Recognizes archives, only to explain why they aren't opened.</summary>
internal static class ArchiveFormats
{
    private const int TarMagicAt = 257;

    private static (string Name, bool CanBeDropped, byte[] Magic)[] Magics { get; } =
    [
        ("a ZIP archive", true, [.. "PK"u8, 3, 4]),
        ("a ZIP archive", true, [.. "PK"u8, 5, 6]),
        ("a gzip archive", true, [0x1F, 0x8B, 8]),
        ("a 7z archive", false, [.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C]),
        ("a RAR archive", false, [.. "Rar!"u8, 0x1A, 7]),
        ("an xz archive", false, [0xFD, .. "7zXZ"u8, 0]),
        ("a Zstandard archive", false, [0x28, 0xB5, 0x2F, 0xFD]),
    ];

    /// <summary>
    /// Returns the kind of archive, and whether the app opens it if it is dropped separately; null if it isn't an
    /// archive.
    /// </summary>
    public static (string Name, bool CanBeDropped)? Find(ReadOnlySpan<byte> bytes)
    {
        foreach (var (name, canBeDropped, magic) in Magics)
        {
            if (bytes.StartsWith(magic))
            {
                return (name, canBeDropped);
            }
        }

        return bytes.Length > TarMagicAt && bytes[TarMagicAt..].StartsWith("ustar"u8) ? ("a tar archive", true) : null;
    }
}
