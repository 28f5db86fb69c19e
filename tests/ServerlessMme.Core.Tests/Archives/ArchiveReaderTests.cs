using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Tests.Archives;

public sealed class ArchiveReaderTests
{
    [Theory]
    [InlineData("a.zip", ArchiveFormat.Zip)]
    [InlineData("b/A.ZIP", ArchiveFormat.Zip)]
    [InlineData("a.tar", ArchiveFormat.Tar)]
    [InlineData("a.tar.gz", ArchiveFormat.TarGzip)]
    [InlineData("a.tgz", ArchiveFormat.TarGzip)]
    [InlineData("a.gz", null)]
    [InlineData("a.zip.jpg", null)]
    [InlineData("a.zip/plane.jpg", null)]
    public void A_drop_is_an_archive_by_its_name(string name, ArchiveFormat? format) =>
        Assert.Equal(format, ArchiveName.FormatOf(name));

    [Theory]
    [InlineData(CompressionLevel.NoCompression, false)]
    [InlineData(CompressionLevel.NoCompression, true)]
    [InlineData(CompressionLevel.Optimal, false)]
    [InlineData(CompressionLevel.Optimal, true)]
    public void Every_entry_of_a_zip_comes_in_its_order(CompressionLevel level, bool forward)
    {
        var entries = TestArchives.Numbers(100);

        AssertAll(entries, Read.All("x.zip", TestArchives.Zip(entries, level, forward)));
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.V7)]
    public void Every_entry_of_a_tar_comes_in_its_order(TarEntryFormat format)
    {
        var entries = TestArchives.Numbers(100);
        var tar = TestArchives.Tar(entries, format);

        AssertAll(entries, Read.All("x.tar", tar));
        AssertAll(entries, Read.All("x.tar.gz", TestArchives.Gzip(tar)));
    }

    [Fact]
    public void An_archive_without_entries_is_whole()
    {
        foreach (var (name, archive) in new[]
        {
            ("x.zip", TestArchives.Zip([])), ("x.tar", new byte[1024]), ("x.tgz", TestArchives.Gzip(new byte[1024])),
        })
        {
            var read = Read.All(name, archive);
            Assert.Empty(read.Entries);
            Assert.Null(read.Refusal);
        }
    }

    [Theory]
    [InlineData("x.zip")]
    [InlineData("x.tar")]
    [InlineData("x.tar.gz")]
    public void What_is_no_archive_is_called_so(string name)
    {
        foreach (var content in new[] { "", "hello", new string('x', 5000) })
        {
            var read = Read.All(name, Encoding.ASCII.GetBytes(content));
            Assert.Empty(read.Entries);
            Assert.Equal(ErrorCode.NotAnArchive, read.Refusal?.Code);
        }
    }

    [Fact]
    public void Folders_are_passed_over_and_links_are_refused()
    {
        var zip = Read.All("x.zip", TestArchives.Zip([("folder/", []), ("folder/1", "1"u8.ToArray())]));
        Assert.Equal(["folder/1"], zip.Names);

        var tar = Read.All("x.tar", TestArchives.Tar(
            new PaxTarEntry(TarEntryType.Directory, "folder"),
            new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "/etc/passwd" },
            new PaxTarEntry(TarEntryType.HardLink, "hard") { LinkName = "folder/1" },
            new PaxTarEntry(TarEntryType.CharacterDevice, "device"),
            TestArchives.File("./folder/1", "1"u8.ToArray())));
        Assert.Equal(["link", "hard", "device", "folder/1"], tar.Names);
        Assert.Equal(
            [ErrorCode.NotAnImage, ErrorCode.NotAnImage, ErrorCode.NotAnImage, null],
            tar.Entries.Select(entry => entry.Code));
    }

    [Fact]
    public void Hostile_names_are_printable_and_change_nothing_else()
    {
        string[] names =
            ["../../etc/passwd", "/root", "C:\\x", "a\u001b[31mb", "x\u202egpj.exe", "über/köln.jpg", "飛行機.png"];
        string[] shown =
            ["../../etc/passwd", "/root", "C:\\x", "a\\u001b[31mb", "x\\u202egpj.exe", "über/köln.jpg", "飛行機.png"];
        var entries = names.Select(name => (name, "1"u8.ToArray())).ToList();

        Assert.Equal(shown, Read.All("x.zip", TestArchives.Zip(entries)).Names);
        Assert.Equal(shown, Read.All("x.tar", TestArchives.Tar(entries)).Names);
    }

    [Fact]
    public void A_name_that_is_no_utf8_is_shown_as_latin1()
    {
        var zip = TestArchives.Zip([("k_ln.jpg", "1"u8.ToArray())]);
        for (var at = zip.AsSpan().IndexOf("k_ln"u8); at >= 0; at = zip.AsSpan().IndexOf("k_ln"u8))
        {
            zip[at + 1] = 0xF6;
        }

        Assert.Equal(["köln.jpg"], Read.All("x.zip", zip).Names);
    }

    [Fact]
    public void Every_name_twice_is_two_entries() => Assert.Equal(
        ["1", "2"],
        Read.All("x.tar", TestArchives.Tar([("a", "1"u8.ToArray()), ("a", "2"u8.ToArray())]))
            .Entries.Select(entry => entry.Text));

    [Fact]
    public void Trouble_with_the_source_is_thrown_and_is_no_damage()
    {
        foreach (var (name, archive) in new[]
        {
            ("x.zip", TestArchives.Zip(TestArchives.Numbers(100))),
            ("x.tar", TestArchives.Tar(TestArchives.Numbers(100))),
            ("x.tar.gz", TestArchives.Gzip(TestArchives.Tar(TestArchives.Numbers(100)))),
        })
        {
            foreach (var failAt in new[] { 0, 10, archive.Length / 2 })
            {
                var thrown = Assert.Throws<IOException>(
                    () => Read.All(name, new Read.Trickle(archive, failAt), null, 1000));
                Assert.Equal("The network is gone.", thrown.Message);
            }
        }
    }

    private static void AssertAll(IReadOnlyList<(string Name, byte[] Content)> entries, Read read)
    {
        Assert.Null(read.Refusal);
        Assert.Equal(
            entries.Select(entry => (entry.Name, Encoding.UTF8.GetString(entry.Content))),
            read.Entries.Select(entry => (entry.Name, entry.Text!)));
    }
}
