using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Core.Tests.Jobs;

public sealed class SkippedFilesTests
{
    [Fact]
    public void Files_are_counted_by_extension_in_lower_case()
    {
        var skipped = SkippedFiles.Of(["a.heic", "b/c.HEIC", "d.tiff", "README"])!;

        Assert.Equal(4, skipped.Count);
        Assert.Equal("2 .heic, 1 (none), 1 .tiff", skipped.ToString());
    }

    [Theory]
    [InlineData(".DS_Store")]
    [InlineData("a/.git/config")]
    [InlineData("a/Thumbs.db")]
    [InlineData("desktop.ini")]
    [InlineData("__MACOSX/a.txt")]
    public void Hidden_files_and_companions_do_not_count(string name)
    {
        Assert.Null(SkippedFiles.Of([name]));
    }

    [Fact]
    public void Very_many_extensions_are_summed_up()
    {
        var skipped = SkippedFiles.Of(Enumerable.Range(0, 1000).Select(i => $"a.x{i:000}"))!;

        Assert.Equal(1000, skipped.Count);
        Assert.Equal((21, 980), (skipped.ByExtension.Count, skipped.ByExtension["(other)"]));
    }
}
