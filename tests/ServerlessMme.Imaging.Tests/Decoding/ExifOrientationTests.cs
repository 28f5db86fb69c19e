using System.Buffers.Binary;
using ServerlessMme.Imaging.Decoding;

namespace ServerlessMme.Imaging.Tests.Decoding;

public sealed class ExifOrientationTests
{
    private const ushort Orientation = 0x0112;
    private const ushort Short = 3;
    private const ushort Long = 4;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_is_read_in_both_orders_of_bytes(bool littleEndian) =>
        Assert.Equal(6, ExifOrientation.Find(Tiff(littleEndian, (0x0100, Long, 1, 9), (Orientation, Short, 1, 6))));

    [Theory]
    [InlineData(Short, 0, 6)]
    [InlineData(Short, 2, 6)]
    [InlineData(Long, 1, 6)]
    [InlineData(Short, 1, 0)]
    [InlineData(Short, 1, 9)]
    public void An_entry_that_no_camera_writes_turns_nothing(ushort type, int count, ushort value) =>
        Assert.Equal(1, ExifOrientation.Find(Tiff(littleEndian: true, (Orientation, type, count, value))));

    [Fact]
    public void The_first_entry_that_can_be_read_counts() => Assert.Equal(3, ExifOrientation.Find(
        Tiff(littleEndian: true, (Orientation, Short, 1, 9), (Orientation, Short, 1, 3), (Orientation, Short, 1, 6))));

    private static byte[] Tiff(bool littleEndian, params (ushort Tag, ushort Type, int Count, ushort Value)[] entries)
    {
        var tiff = new byte[10 + (12 * entries.Length)];
        tiff.AsSpan(0, 2).Fill((byte)(littleEndian ? 'I' : 'M'));
        Put16(2, 42);
        Put32(4, 8);
        Put16(8, (ushort)entries.Length);
        for (var i = 0; i < entries.Length; i++)
        {
            var at = 10 + (12 * i);
            Put16(at, entries[i].Tag);
            Put16(at + 2, entries[i].Type);
            Put32(at + 4, entries[i].Count);
            Put16(at + 8, entries[i].Value);
        }

        return tiff;

        void Put16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(
            tiff.AsSpan(at), littleEndian ? value : BinaryPrimitives.ReverseEndianness(value));

        void Put32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(
            tiff.AsSpan(at), littleEndian ? value : BinaryPrimitives.ReverseEndianness(value));
    }
}
