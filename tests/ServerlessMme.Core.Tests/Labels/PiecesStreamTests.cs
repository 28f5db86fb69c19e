using System.Text;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Tests.Labels;

public sealed class PiecesStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Pieces_are_read_one_after_another(int buffer)
    {
        using var stream = Create("ab", "", "cdefg", "h");
        using var read = new MemoryStream();

        await stream.CopyToAsync(read, buffer);

        Assert.Equal("abcdefgh", Encoding.UTF8.GetString(read.ToArray()));
        Assert.Equal((8, 8), (stream.Length, stream.Position));
    }

    [Theory]
    [InlineData(0, "abcdefgh")]
    [InlineData(2, "cdefgh")]
    [InlineData(4, "efgh")]
    [InlineData(8, "")]
    public void Reading_goes_on_where_it_was_set(int position, string expected)
    {
        using var stream = Create("ab", "", "cdefg", "h");
        stream.ReadExactly(new byte[5]);

        stream.Position = position;

        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.Equal(expected, reader.ReadToEnd());
    }

    [Fact]
    public void A_position_outside_is_refused()
    {
        using var stream = Create("ab");

        Assert.Throws<IOException>(() => stream.Position = 3);
        Assert.Throws<IOException>(() => stream.Seek(-3, SeekOrigin.End));
        Assert.Equal(1, stream.Seek(-1, SeekOrigin.End));
    }

    private static PiecesStream Create(params string[] pieces) =>
        new([.. pieces.Select(piece => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(piece)))]);
}
