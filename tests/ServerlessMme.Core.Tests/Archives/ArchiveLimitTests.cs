using System.IO.Compression;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Tests.Archives;

public sealed class ArchiveLimitTests
{
    [Theory]
    [InlineData("x.zip")]
    [InlineData("x.tar")]
    public void Too_many_entries_end_the_archive_after_the_last_that_is_allowed(string name)
    {
        var options = new ArchiveOptions { MaxEntries = 10 };
        var read = Read.All(name, Pack(name, TestArchives.Numbers(11)), options);

        Assert.Equal(10, read.Entries.Count);
        Assert.Equal(ErrorCode.TooManyEntries, read.Refusal?.Code);
        Assert.Null(Read.All(name, Pack(name, TestArchives.Numbers(10)), options).Refusal);
    }

    [Theory]
    [InlineData("x.zip")]
    [InlineData("x.tar")]
    [InlineData("x.tar.gz")]
    public void Too_many_bytes_end_the_archive(string name)
    {
        var entries = Enumerable.Range(0, 10).Select(i => ($"{i}", new byte[10_000])).ToList();

        var read = Read.All(name, Pack(name, entries), new ArchiveOptions { MaxExpandedBytes = 55_000 });

        Assert.InRange(read.Entries.Count, 4, 5);
        Assert.Equal(ErrorCode.ArchiveTooLarge, read.Refusal?.Code);
    }

    [Theory]
    [InlineData("x.zip")]
    [InlineData("x.tar.gz")]
    public void A_bomb_ends_long_before_it_has_unpacked(string name)
    {
        var bomb = Pack(name, [("small", [1, 2, 3]), ("bomb", new byte[100 << 20])]);
        var content = new Read.Trickle(bomb);

        var read = Read.All(name, content, new ArchiveOptions { MaxRatio = 100 }, 20 << 20);

        Assert.Equal(["small"], read.Names);
        Assert.Equal(ErrorCode.ArchiveTooDense, read.Refusal?.Code);
        // Of a hundred mebibytes, some sixteen are unpacked before the ratio is looked at.
        Assert.InRange(content.Count, 1, bomb.Length / 2);
    }

    [Theory]
    [InlineData("x.zip")]
    [InlineData("x.tar")]
    public void A_too_long_name_is_refused_and_cut(string name)
    {
        var longName = "folder/" + new string('n', 10_000);

        var archive = Pack(name, [(longName, [1]), ("short", [1])]);

        var read = Read.All(name, archive, new ArchiveOptions { MaxNameLength = 50 });

        Assert.Equal([ErrorCode.InvalidImageName, null], read.Entries.Select(entry => entry.Code));
        Assert.Equal(longName[..50] + "…", read.Entries[0].Name);
        Assert.Null(read.Refusal);
    }

    [Theory]
    [InlineData("x.zip")]
    [InlineData("x.tar.gz")]
    public void A_too_large_image_is_refused_and_the_next_is_not(string name)
    {
        var entries = new[] { ("big", RandomBytes(200_001)), ("fits", RandomBytes(200_000)) };

        var read = Read.All(name, Pack(name, entries), maxImageBytes: 200_000);

        Assert.Equal([ErrorCode.ImageTooLarge, null], read.Entries.Select(entry => entry.Code));
        Assert.Equal([200_001, 200_000], read.Entries.Select(entry => entry.Bytes));
    }

    private static byte[] Pack(string name, IEnumerable<(string Name, byte[] Content)> entries) => name switch
    {
        "x.zip" => TestArchives.Zip(entries, CompressionLevel.Optimal),
        "x.tar" => TestArchives.Tar(entries),
        _ => TestArchives.Gzip(TestArchives.Tar(entries)),
    };

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
