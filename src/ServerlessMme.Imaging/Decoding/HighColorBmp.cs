using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Determines the bits per color of BMPs with 16 bits per pixel.</summary>
internal static class HighColorBmp
{
    private const int DepthAt = 28;
    private const int CompressionAt = 30;
    private const int GreenMaskAt = 58;
    private const uint Plain = 0;
    private const uint SixGreenBits = 0x07E0;

    /// <summary>
    /// Returns the correction that makes the colors equal to Pillow's; null for BMPs of another depth.
    /// </summary>
    public static FewBits? Find(ReadOnlySpan<byte> bmp)
    {
        if (bmp.Length < GreenMaskAt + sizeof(uint) || BinaryPrimitives.ReadUInt16LittleEndian(bmp[DepthAt..]) != 16)
        {
            return null;
        }

        var isPlain = BinaryPrimitives.ReadUInt32LittleEndian(bmp[CompressionAt..]) == Plain;
        var greenMask = BinaryPrimitives.ReadUInt32LittleEndian(bmp[GreenMaskAt..]);
        return new FewBits(!isPlain && greenMask == SixGreenBits ? 6 : 5);
    }
}
