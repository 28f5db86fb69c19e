using ServerlessMme.Imaging.Jpeg;

namespace ServerlessMme.Imaging.Tests.Jpeg;

public sealed class HuffmanTableTests
{
    // Codes 00, 01 and 10, then 1100.
    private static readonly byte[] s_definition =
        [0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x02, 0xF0, 0x1A];

    [Fact]
    public void A_number_that_fits_is_looked_up_with_its_code()
    {
        var table = Made(s_definition);
        var entry = table.Entries[0b01_10_000000];
        Assert.True(HuffmanTable.HasNumber(entry));
        Assert.Equal((2, 4, 0), (HuffmanTable.Number(entry), HuffmanTable.TotalBits(entry), HuffmanTable.Run(entry)));
        Assert.Equal(-2, HuffmanTable.Number(table.Entries[0b01_01_000000]));
        Assert.Equal(-3, HuffmanTable.Number(table.Entries[0b01_00_000000]));
    }

    [Fact]
    public void A_number_that_does_not_fit_is_told_by_its_bits()
    {
        var entry = Made(s_definition).Entries[0b1100_000000];
        Assert.False(HuffmanTable.HasNumber(entry));
        Assert.Equal((4, 10, 1, 14), (HuffmanTable.CodeBits(entry), HuffmanTable.NumberBits(entry),
            HuffmanTable.Run(entry), HuffmanTable.TotalBits(entry)));
    }

    [Fact]
    public void A_run_of_sixteen_zeros_has_no_number()
    {
        var entry = Made(s_definition).Entries[0b10_00000000];
        Assert.False(HuffmanTable.HasNumber(entry));
        Assert.Equal((0, 15, 2),
            (HuffmanTable.NumberBits(entry), HuffmanTable.Run(entry), HuffmanTable.TotalBits(entry)));
    }

    [Fact]
    public void Bits_that_are_no_code_have_no_entry()
    {
        var table = Made(s_definition);
        Assert.Equal(0, table.Entries[0b1111_000000]);
        Assert.Equal(0, table.Find(0b1111_0000_0000_0000));
    }

    [Fact]
    public void Codes_longer_than_what_is_looked_up_are_found()
    {
        // One code of each length up to 16: 0, 10, 110, …
        byte[] definition = [.. Enumerable.Repeat((byte)1, 16), .. Enumerable.Range(0x11, 16).Select(i => (byte)i)];
        var table = Made(definition);
        var entry = table.Find(0b1111_1111_1111_1110);
        Assert.Equal((16, 0), (HuffmanTable.CodeBits(entry), HuffmanTable.NumberBits(entry)));
        Assert.Equal(2, HuffmanTable.Run(entry));
        entry = table.Find(0b1111_1111_1100_0000);
        Assert.Equal((11, 11), (HuffmanTable.CodeBits(entry), HuffmanTable.NumberBits(entry)));
        Assert.Equal(1, HuffmanTable.Run(entry));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(255)]
    public void Counts_that_make_no_code_are_refused(byte codesOfOneBit)
    {
        var definition = new byte[16 + codesOfOneBit];
        definition[0] = codesOfOneBit;
        Assert.False(new HuffmanTable().TrySet(definition));
    }

    [Fact]
    public void A_table_is_taken_again_after_one_that_was_refused()
    {
        var table = Made(s_definition);
        Assert.False(table.TrySet([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]));
        Assert.True(table.TrySet(s_definition));
        Assert.Equal(2, HuffmanTable.Number(table.Entries[0b01_10_000000]));
    }

    private static HuffmanTable Made(byte[] definition)
    {
        var table = new HuffmanTable();
        Assert.True(table.TrySet(definition));
        return table;
    }
}
