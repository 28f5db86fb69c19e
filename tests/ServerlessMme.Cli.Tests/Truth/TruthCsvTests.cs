using System.Text;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Truth;

public sealed class TruthCsvTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("image,label\na.jpg,cat\nb.jpg,dog\n")]
    [InlineData("image,label\r\na.jpg,cat\r\nb.jpg,dog")]
    [InlineData("\uFEFFimage,label\r\na.jpg,cat\r\nb.jpg,dog\r\n")]
    [InlineData("Label, IMAGE ,note\ncat,a.jpg,x\ndog,b.jpg")]
    [InlineData("image;label\na.jpg;cat\nb.jpg;dog\n")]
    [InlineData("image\tlabel\na.jpg\tcat \nb.jpg\tdog\n")]
    [InlineData("\"image\",\"label\"\n\"a.jpg\",\"cat\"\n\"b.jpg\",\"dog\"")]
    public void Images_and_labels_are_read(string csv) =>
        Assert.Equal(
            [("a.jpg", "cat"), ("b.jpg", "dog")], Read(csv).Rows.Select(row => (row.Image, row.Label)));

    [Fact]
    public void Quoted_cells_may_have_anything_in_them()
    {
        var rows = Read("image,label\n\"a,1.jpg\",\"a, \"\"b\"\" 🚢\"\n it's.jpg,Käse\n\"x\"\"y\",\";\"\n").Rows;

        Assert.Equal(
            [("a,1.jpg", "a, \"b\" 🚢"), (" it's.jpg", "Käse"), ("x\"y", ";")],
            rows.Select(row => (row.Image, row.Label)));
    }

    [Fact]
    public void Rows_know_their_line()
    {
        var rows = Read("image,label,note\n\na.jpg,cat,\"two\nlines\"\n\n\nb.jpg,dog,\nc.jpg,cat,\n").Rows;

        Assert.Equal(["line 3", "line 7", "line 8"], rows.Select(row => row.Place));
    }

    [Fact]
    public void Rows_without_a_label_are_counted()
    {
        var read = Read("image,label\na.jpg,\nb.jpg\nc.jpg,  \nd.jpg,cat\n");

        Assert.Equal(3, read.Unlabeled);
        Assert.Equal("d.jpg", Assert.Single(read.Rows).Image);
    }

    [Fact]
    public void A_hundred_thousand_lines_are_read()
    {
        var csv = new StringBuilder("image,label\n");
        for (var i = 0; i < 100_000; i++)
        {
            csv.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i}.jpg,cat\n");
        }

        Assert.Equal(100_000, Read(csv.ToString()).Rows.Count);
    }

    [Fact]
    public void A_quote_that_is_not_closed_costs_no_more_than_the_row()
    {
        var csv = "image,label\na.jpg,\"cat\n" + string.Concat(Enumerable.Repeat("b.jpg,dog\n", 200_000));

        var refused = Assert.Throws<CommandException>(() => Read(csv));

        Assert.Contains("at line 2. A row has more than 1000000", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n\n", "is empty")]
    [InlineData("a.jpg,cat\n", "begins with 'a.jpg,cat', but must have a header with the columns image and label.")]
    [InlineData("image,class\na.jpg,cat\n", "begins with 'image,class', but must have")]
    [InlineData("image,label\na.jpg,\"cat\nb.jpg,dog\n", "is not valid CSV at line 2")]
    [InlineData("image,label\na.jpg,\"cat\"x\n", "is not valid CSV at line 2")]
    public void Other_files_are_refused(string csv, string message)
    {
        var refused = Assert.Throws<CommandException>(() => Read(csv));

        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var image = _folder.Write("a.csv", File.ReadAllBytes(Repository.CifarImages[0]));
        var zeros = _folder.Write("b.csv", new byte[12_000_000]);
        var late = _folder.Write("c.csv", [.. "image,label\na.jpg,cat\n"u8, 0xff, 0xfe, 0x80]);

        Assert.All([image, zeros, late], file => Assert.Throws<CommandException>(() => TruthCsv.Read(file)));
    }

    private TruthRows Read(string csv) => TruthCsv.Read(_folder.Write("labels.csv", Encoding.UTF8.GetBytes(csv)));
}
