using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class PageProbeTests : IDisposable
{
    private readonly PackFiles _files = new();

    public PageProbeTests() => _files.SkipUnlessPagesCanBeDropped();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_file_on_disk_can_be_managed(long bytes)
    {
        Assert.Null(PageProbe.FindProblem(_files.Write("a", bytes)));
    }

    [Fact]
    public void A_file_in_memory_can_not()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "There is no file system in memory");
        var path = Path.Combine("/dev/shm", Path.GetRandomFileName());
        File.WriteAllBytes(path, new byte[100]);
        try
        {
            Assert.Equal("the file system is in memory", PageProbe.FindProblem(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_that_is_gone_says_nothing()
    {
        Assert.Null(PageProbe.FindProblem(_files.PathOf("missing")));
    }
}
