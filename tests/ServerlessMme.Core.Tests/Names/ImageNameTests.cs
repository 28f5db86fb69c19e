using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Tests.Names;

public sealed class ImageNameTests
{
    [Theory]
    [InlineData("plane.jpg")]
    [InlineData("holiday/2026/plane.jpg")]
    [InlineData("no extension")]
    [InlineData("100 % sure?#&+.png")]
    [InlineData("flugzeug-über-köln.jpg")]
    [InlineData("飛行機/✈️.png")]
    [InlineData("a..b.jpg")]
    [InlineData(".hidden")]
    [InlineData("a%20b.jpg")]
    public void An_ordinary_name_is_taken(string name) => Assert.Null(ImageName.Check(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("../labels-cifar10/x")]
    [InlineData("a/../../models/x")]
    [InlineData("a/./b")]
    [InlineData("..")]
    [InlineData("%2e%2e/x")]
    [InlineData("%2E%2e/x")]
    [InlineData("%252e%252e/x")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u001b[2J")]
    [InlineData("a\u0085")]
    [InlineData("a\ud800b")]
    [InlineData("folder./x")]
    [InlineData("x.")]
    [InlineData("/pair.jpg")]
    [InlineData("pair.jpg/")]
    [InlineData("/")]
    [InlineData("/photos.zip")]
    [InlineData("photos.zip/")]
    [InlineData("photos.zip.summary")]
    [InlineData("a/photos.tar.gz.Summary")]
    public void A_name_that_may_lead_elsewhere_is_refused(string? name) =>
        Assert.Equal(ErrorCode.InvalidImageName, ImageName.Check(name)?.Code);

    [Fact]
    public void The_longest_name_leaves_room_for_its_label()
    {
        Assert.Null(ImageName.Check(new string('a', ImageName.MaxLength)));
        Assert.Contains(
            "1024 characters", ImageName.Check(new string('a', 1024))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archives_name_leaves_room_for_its_summary()
    {
        Assert.Null(ImageName.Check(new string('a', 1024 - 13 - 4) + ".zip"));
        Assert.Contains(
            "the limit is 1011",
            ImageName.Check(new string('a', 1024 - 13 - 3) + ".zip")!.Message,
            StringComparison.Ordinal);
    }
}
