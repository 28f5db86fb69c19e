using System.Buffers.Binary;

namespace ServerlessMme.Imaging.Tests.Support;

/// <summary>Damages files the same way for the same seed: bits, bytes, lengths, cuts, repeats and mixtures.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> files)
{
    private const int PngSignatureLength = 8;
    private const int PngChunkOverhead = 12;
    private readonly Random _random = new(seed);

    /// <summary>A file that nobody should have to read.</summary>
    public byte[] Next()
    {
        var bytes = (byte[])files[_random.Next(files.Count)].Clone();
        for (var changes = 1 + _random.Next(6); changes > 0; changes--)
        {
            bytes = Change(bytes);
        }

        // Without its checksums right, a PNG's damage would be noticed before anything looks at it.
        if (_random.Next(8) > 0 && bytes is [0x89, 0x50, ..])
        {
            MendPng(bytes);
        }

        return bytes;
    }

    private byte[] Change(byte[] bytes)
    {
        var at = _random.Next(bytes.Length);
        switch (_random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1:
                bytes[at] = _random.Next(3) switch { 0 => 0, 1 => 255, _ => (byte)_random.Next(256) };
                return bytes;
            case 2:
                // Headers are where a change goes farthest.
                bytes[_random.Next(Math.Min(64, bytes.Length))] = (byte)_random.Next(256);
                return bytes;
            case 3 when at + 4 <= bytes.Length:
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), (uint)_random.Next(-2, 70_000));
                return bytes;
            case 4:
                return bytes[..Math.Max(at, 16)];
            case 5:
                return [.. bytes[..at], .. bytes[_random.Next(at + 1)..]];
            case 6:
                var other = files[_random.Next(files.Count)];
                return [.. bytes[..at], .. other[Math.Min(at, other.Length)..]];
            default:
                bytes.AsSpan(at, Math.Min(_random.Next(1, 40), bytes.Length - at)).Fill((byte)_random.Next(256));
                return bytes;
        }
    }

    private static void MendPng(byte[] png)
    {
        for (var at = PngSignatureLength; at + PngChunkOverhead <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - PngChunkOverhead)
            {
                return;
            }

            var crc = uint.MaxValue;
            foreach (var value in png.AsSpan(at + 4, (int)length + 4))
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
                }
            }

            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), ~crc);
            at += PngChunkOverhead + (int)length;
        }
    }
}
