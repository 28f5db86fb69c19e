using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Tests.Truth;

public sealed class TruthNameTests
{
    [Theory]
    [InlineData("a.jpg")]
    [InlineData("cat/1.jpg")]
    [InlineData("holiday.zip/beach/1.jpg")]
    [InlineData("a.json")]
    public void An_image_is_found_again_from_the_blob(string image)
    {
        Assert.Null(TruthName.Check(image));
        Assert.Equal(image, TruthName.ImageOf(TruthName.Of(image)));
    }

    [Fact]
    public void The_longest_name_fits_into_a_blobs_name() =>
        Assert.Equal(1024, TruthName.Of(new string('n', ImageName.MaxLength)).Length);

    [Theory]
    [InlineData("")]
    [InlineData("../a.jpg")]
    [InlineData("a\\b.jpg")]
    [InlineData("holiday.zip")]
    [InlineData("holiday.TAR.GZ")]
    public void Names_of_no_image_and_archives_are_refused(string image)
    {
        Assert.Equal(ErrorCode.InvalidImageName, TruthName.Check(image)?.Code);
        Assert.Null(TruthName.ImageOf(TruthName.Of(image)));
    }

    [Theory]
    [InlineData("a.jpg")]
    [InlineData(".json.txt")]
    [InlineData("")]
    public void Other_blobs_have_no_image(string blob) => Assert.Null(TruthName.ImageOf(blob));

    [Theory]
    [InlineData("holiday.zip/1.jpg", "holiday.zip")]
    [InlineData("2026/holiday.tgz/beach/1.jpg", "2026/holiday.tgz")]
    [InlineData("a.zip/b.zip/1.jpg", "a.zip")]
    [InlineData("holiday.zip", null)]
    [InlineData("holiday/1.jpg", null)]
    public void An_entrys_archive_is_in_its_name(string image, string? archive) =>
        Assert.Equal(archive, ArchiveName.OfEntry(image));
}
