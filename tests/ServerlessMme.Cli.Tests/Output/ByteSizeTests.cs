using ServerlessMme.Cli.Output;

namespace ServerlessMme.Cli.Tests.Output;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0.0 KiB")]
    [InlineData(3174, "3.1 KiB")]
    [InlineData((1 << 20) - 52, "1023.9 KiB")]
    [InlineData((1 << 20) - 51, "1.0 MiB")]
    [InlineData(1 << 20, "1.0 MiB")]
    [InlineData(2_306_867, "2.2 MiB")]
    public void Small_sizes_are_in_KiB_and_others_in_MiB(long bytes, string expected) =>
        Assert.Equal(expected, ByteSize.Text(bytes));
}
