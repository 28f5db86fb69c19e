using System.Buffers.Binary;
using ServerlessMme.Imaging.Decoding;

namespace ServerlessMme.Imaging.Jpeg;

/// <summary>A JPEG's segments before its compressed data (ITU-T T.81, annex B).</summary>
internal sealed class JpegHeader
{
    private const int FrameBytes = 6;
    private const int ComponentBytes = 3;
    private const byte YCbCr = 1;

    // libjpeg's limit.
    private const int MaxSide = 65_500;

    private JpegComponent _first;
    private JpegComponent _second;
    private JpegComponent _third;
    private bool _isJfif;
    private bool _hasExif;
    private byte? _adobeTransform;

    private static ReadOnlySpan<byte> ExifSignature => "Exif\0\0"u8;

    /// <summary>Pixels per row.</summary>
    public int Width { get; private set; }

    /// <summary>Rows.</summary>
    public int Height { get; private set; }

    /// <summary>1 for gray, 3 for colors.</summary>
    public int Channels { get; private set; }

    /// <summary>Units between two restart markers; 0 if there are none.</summary>
    public int RestartInterval { get; private set; }

    /// <summary>The EXIF orientation, 1 to 8; null if it is unknown.</summary>
    public int? Orientation { get; private set; } = 1;

    /// <summary>Where the compressed data begins.</summary>
    public int DataAt { get; private set; }

    /// <summary>Channel 0 is luma or gray; 1 and 2 are blue and red chroma.</summary>
    public JpegComponent this[int channel] => channel switch { 0 => _first, 1 => _second, _ => _third };

    /// <summary>
    /// Reads the header of a plain JPEG: sequential, Huffman coded, 8 bits, one scan, and gray or YCbCr with chroma at
    /// full or half size. Returns null for any other JPEG, which Skia decodes.
    /// </summary>
    public static JpegHeader? TryRead(ReadOnlySpan<byte> bytes, JpegTables tables)
    {
        var header = new JpegHeader();
        for (var at = 2; at + 4 <= bytes.Length;)
        {
            if (bytes[at] != 0xFF)
            {
                return null;
            }

            var marker = bytes[at + 1];
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length < 2 || length > bytes.Length - at - 2)
            {
                return null;
            }

            var segment = bytes.Slice(at + 4, length - 2);
            at += 2 + length;
            if (!header.TryTake(marker, segment, tables))
            {
                return null;
            }

            if (marker == 0xDA)
            {
                header.DataAt = at;
                return header.IsPlain(tables) ? header : null;
            }
        }

        return null;
    }

    private bool TryTake(byte marker, ReadOnlySpan<byte> segment, JpegTables tables)
    {
        switch (marker)
        {
            case 0xC0 or 0xC1:
                return TryReadFrame(segment);
            case 0xC4:
                return tables.TryReadHuffman(segment);
            case 0xDA:
                return TryReadScan(segment);
            case 0xDB:
                return tables.TryReadQuantizers(segment);
            case 0xDD when segment.Length == 2:
                RestartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
                return true;
            case 0xE0 when segment.Length >= 14 && segment.StartsWith("JFIF\0"u8):
                _isJfif = true;
                return true;
            case 0xE1 when segment.StartsWith("Exif"u8):
                var isReadable = !_hasExif && segment.StartsWith(ExifSignature);
                Orientation = isReadable ? ExifOrientation.Find(segment[ExifSignature.Length..]) : null;
                _hasExif = true;
                return true;
            case 0xEE when segment.Length >= 12 && segment.StartsWith("Adobe"u8):
                _adobeTransform = segment[11];
                return true;
            default:
                // Application data and comments.
                return marker is (>= 0xE0 and <= 0xEF) or 0xFE;
        }
    }

    private bool TryReadFrame(ReadOnlySpan<byte> segment)
    {
        if (Channels != 0 || segment.Length < FrameBytes || segment[0] != 8)
        {
            return false;
        }

        Height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        Width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        Channels = segment[5];
        if (Channels is not (1 or 3) || segment.Length != FrameBytes + (Channels * ComponentBytes))
        {
            return false;
        }

        _first = Component(segment[FrameBytes..]);
        if (Channels == 3)
        {
            _second = Component(segment[(FrameBytes + ComponentBytes)..]);
            _third = Component(segment[(FrameBytes + (2 * ComponentBytes))..]);
        }

        return Width is > 0 and <= MaxSide && Height is > 0 and <= MaxSide;
    }

    private static JpegComponent Component(ReadOnlySpan<byte> bytes) =>
        new(bytes[0], bytes[1] >> 4, bytes[1] & 15, bytes[2], Dc: 0, Ac: 0);

    // The scan must contain all channels, with all their coefficients.
    private bool TryReadScan(ReadOnlySpan<byte> segment)
    {
        if (Channels == 0 || segment.Length != 4 + (2 * Channels) || segment[0] != Channels)
        {
            return false;
        }

        for (var channel = 0; channel < Channels; channel++)
        {
            var (id, tables) = (segment[1 + (2 * channel)], segment[2 + (2 * channel)]);
            if (id != this[channel].Id)
            {
                return false;
            }

            ref var component = ref channel == 0 ? ref _first : ref channel == 1 ? ref _second : ref _third;
            component = component with { Dc = tables >> 4, Ac = tables & 15 };
        }

        return segment[^3..].SequenceEqual((ReadOnlySpan<byte>)[0, 63, 0]);
    }

    private bool IsPlain(JpegTables tables)
    {
        for (var channel = 0; channel < Channels; channel++)
        {
            var component = this[channel];
            if (!tables.Has(component) || component.Across is < 1 or > 4 || component.Down is < 1 or > 4)
            {
                return false;
            }
        }

        return Channels == 1 || (IsYCbCr()
            && (_first.Across, _first.Down) is (1, 1) or (2, 1) or (2, 2)
            && (_second.Across, _second.Down, _third.Across, _third.Down) is (1, 1, 1, 1));
    }

    private bool IsYCbCr() =>
        _isJfif || (_adobeTransform ?? ((_first.Id, _second.Id, _third.Id) == (1, 2, 3) ? YCbCr : 0)) == YCbCr;
}
