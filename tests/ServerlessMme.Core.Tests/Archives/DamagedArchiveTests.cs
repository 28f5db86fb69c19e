using System.Formats.Tar;
using System.IO.Compression;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Tests.Archives;

public sealed class DamagedArchiveTests
{
    private static readonly IReadOnlyList<(string Name, byte[] Content)> Entries =
        [.. Enumerable.Range(0, 8).Select(i => ($"{i}", RandomBytes(i, 900)))];

    [Theory]
    [InlineData("x.zip", false)]
    [InlineData("x.zip", true)]
    [InlineData("x.tar", false)]
    [InlineData("x.tar.gz", false)]
    public void An_archive_that_breaks_off_anywhere_gives_what_is_before_and_says_so(string name, bool forward)
    {
        var archive = name switch
        {
            "x.zip" => TestArchives.Zip(Entries, CompressionLevel.NoCompression, forward),
            "x.tar" => TestArchives.Tar(Entries, TarEntryFormat.Ustar),
            _ => TestArchives.Gzip(TestArchives.Tar(Entries, TarEntryFormat.Ustar)),
        };
        // The last blocks of a tar file are empty, and one of them is enough to know that it is whole.
        var last = name == "x.tar" ? archive.Length - 1024 : archive.Length - 30;
        for (var length = 1; length < last; length += 13)
        {
            var read = Read.All(name, archive[..length]);

            Assert.True(read.Refusal is not null, $"{name} of {length} bytes of {archive.Length} is damaged");
            Assert.Equal(
                Entries.Take(read.Entries.Count).Select(entry => entry.Name), read.Names);
            Assert.All(read.Entries, entry => Assert.Null(entry.Code));
            Assert.InRange(read.Entries.Count, (length - 400) / 1500 - 1, 8);
        }
    }

    [Fact]
    public void An_entry_with_another_checksum_is_refused_and_the_others_are_not()
    {
        foreach (var forward in new[] { false, true })
        {
            var zip = TestArchives.Zip(Entries, CompressionLevel.NoCompression, forward);
            zip[zip.AsSpan().IndexOf(Entries[3].Content) + 100] ^= 1;

            var read = Read.All("x.zip", zip);

            Assert.Equal(8, read.Entries.Count);
            Assert.Equal([ErrorCode.DamagedEntry], read.Entries.Select(entry => entry.Code).OfType<ErrorCode>());
            Assert.Equal(ErrorCode.DamagedEntry, read.Entries[3].Code);
            Assert.Null(read.Refusal);
        }
    }

    [Fact]
    public void Garbage_between_entries_ends_the_archive_there()
    {
        var zip = TestArchives.Zip(Entries, CompressionLevel.NoCompression);
        var at = zip.AsSpan().IndexOf(Entries[4].Content) - 31;
        zip.AsSpan(at, 4).Clear();
        var read = Read.All("x.zip", zip);
        Assert.Equal(["0", "1", "2", "3"], read.Names);
        Assert.Equal(ErrorCode.DamagedArchive, read.Refusal?.Code);

        var tar = TestArchives.Tar(Entries, TarEntryFormat.Ustar);
        tar[tar.AsSpan().IndexOf(Entries[4].Content) - 512 + 150] = (byte)'9';
        read = Read.All("x.tar", tar);
        Assert.Equal(["0", "1", "2", "3"], read.Names);
        Assert.Equal(ErrorCode.DamagedArchive, read.Refusal?.Code);
    }

    [Fact]
    public void Bytes_changed_at_random_never_throw()
    {
        var random = new Random(5);
        foreach (var (name, whole) in new[]
        {
            ("x.zip", TestArchives.Zip(TestArchives.Numbers(20))),
            ("x.zip", TestArchives.Zip(TestArchives.Numbers(20), forward: true)),
            ("x.tar", TestArchives.Tar(TestArchives.Numbers(20))),
            ("x.tar.gz", TestArchives.Gzip(TestArchives.Tar(TestArchives.Numbers(20)))),
        })
        {
            for (var round = 0; round < 400; round++)
            {
                var archive = (byte[])whole.Clone();
                for (var i = random.Next(1, 6); i > 0; i--)
                {
                    archive[random.Next(archive.Length)] = (byte)random.Next(256);
                }

                // A header of attributes that is taken for a file's makes two entries of one.
                Assert.InRange(Read.All(name, archive).Entries.Count, 0, 40);
            }
        }
    }

    [Fact]
    public void A_header_that_asks_for_two_gibibytes_of_attributes_does_not_get_them()
    {
        var tar = TestArchives.Tar([("0", "0"u8.ToArray())], TarEntryFormat.Ustar);
        var hostile = tar[..512];
        "17777777777"u8.CopyTo(hostile.AsSpan(124));
        hostile[156] = (byte)'L';
        hostile.AsSpan(148, 8).Fill((byte)' ');
        var sum = hostile.Sum(value => value);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(hostile, 148);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var read = Read.All("x.tar", [.. tar[..1024], .. hostile, .. tar]);

        Assert.Equal(["0"], read.Names);
        Assert.Equal(ErrorCode.DamagedArchive, read.Refusal?.Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void An_encrypted_entry_is_refused_and_the_others_are_not()
    {
        // Entries 1 and 3 claim encryption; the flag is bit 0, six bytes after the header's start.
        var zip = TestArchives.Zip(Entries.Take(5), CompressionLevel.NoCompression);
        foreach (var i in new[] { 1, 3 })
        {
            zip[zip.AsSpan().IndexOf(Entries[i].Content) - 31 + 6] |= 1;
        }

        var read = Read.All("x.zip", zip);

        Assert.Equal(
            [null, ErrorCode.EncryptedEntry, null, ErrorCode.EncryptedEntry, null],
            read.Entries.Select(entry => entry.Code));
        Assert.Null(read.Refusal);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(93)]
    [InlineData(98)]
    public void An_entry_of_unknown_length_that_cannot_be_read_ends_the_archive(byte method)
    {
        // Sizes come after the content (flag bit 3), as the method is eight bytes after the header's start.
        var zip = TestArchives.Zip([.. Entries.Take(2), ("zeros", new byte[1 << 20])], forward: true);
        var at = zip.AsSpan().IndexOf("zeros"u8) - 30;
        Assert.Equal(8, zip[at + 6] & 8);
        zip[at + 8] = method;
        var content = new Read.Trickle(zip);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var read = Read.All("x.zip", content, options: null, 20 << 20);

        Assert.Equal([null, null, ErrorCode.UnsupportedFormat], read.Entries.Select(entry => entry.Code));
        Assert.Equal(ErrorCode.DamagedArchive, read.Refusal?.Code);
        Assert.Contains(
            "'zeros', an entry of unknown length that cannot be skipped",
            read.Refusal?.Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void An_entry_of_known_length_that_cannot_be_read_is_passed_over()
    {
        var zip = TestArchives.Zip(Entries.Take(3), CompressionLevel.NoCompression);
        zip[zip.AsSpan().IndexOf(Entries[1].Content) - 31 + 8] = 14;

        var read = Read.All("x.zip", zip);

        Assert.Equal([null, ErrorCode.UnsupportedFormat, null], read.Entries.Select(entry => entry.Code));
        Assert.Null(read.Refusal);
    }

    private static byte[] RandomBytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
