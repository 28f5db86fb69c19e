using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class PageAdviceTests : IDisposable
{
    private const int Count = 1500;
    private readonly PackFiles _files = new();

    public PageAdviceTests() => _files.SkipUnlessPagesCanBeDropped();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Dropped_pages_are_gone_and_populated_ones_are_there()
    {
        var path = _files.Write("a", (Count * (long)PackFiles.PageBytes) - 100);
        var map = _files.Map(path);

        PageAdvice.Drop(path, map.Address, map.Length);
        Assert.Equal(0, PageAdvice.CountResident(map.Address, map.Length));

        PageAdvice.Populate(map.Address, map.Length);
        Assert.Equal(Count, PageAdvice.CountResident(map.Address, map.Length));
    }

    [Fact]
    public void Only_the_range_asked_for_is_populated()
    {
        var path = _files.Write("a", Count * (long)PackFiles.PageBytes);
        var map = _files.Map(path);
        PageAdvice.Drop(path, map.Address, map.Length);

        PageAdvice.Populate(map.Address, 10 * PackFiles.PageBytes);

        Assert.Equal(10, PageAdvice.CountResident(map.Address, 10 * PackFiles.PageBytes));
        // The system reads ahead, but not the whole file.
        Assert.InRange(PageAdvice.CountResident(map.Address, map.Length), 10, Count / 2);
    }

    [Fact]
    public void An_old_kernel_reads_page_by_page()
    {
        var path = _files.Write("a", Count * (long)PackFiles.PageBytes);
        var map = _files.Map(path);
        PageAdvice.Drop(path, map.Address, map.Length);

        PageAdvice.Touch(map.Address, map.Length);

        Assert.Equal(Count, PageAdvice.CountResident(map.Address, map.Length));
    }

    [Fact]
    public void Pages_that_others_map_survive_until_the_last_one_drops_them()
    {
        var path = _files.Write("a", 64L * PackFiles.PageBytes);
        var (one, other) = (_files.Map(path), _files.Map(path));
        PageAdvice.Populate(one.Address, one.Length);
        PageAdvice.Populate(other.Address, other.Length);

        PageAdvice.Drop(path, one.Address, one.Length);
        Assert.Equal(64, PageAdvice.CountResident(other.Address, other.Length));

        PageAdvice.Drop(path, other.Address, other.Length);
        Assert.Equal(0, PageAdvice.CountResident(other.Address, other.Length));
    }

    [Fact]
    public void Pages_of_a_deleted_file_are_dropped_too()
    {
        var path = _files.Write("a", Count * (long)PackFiles.PageBytes);
        var map = _files.Map(path);
        PageAdvice.Populate(map.Address, map.Length);
        var first = map.Part(0, 100).ToArray();
        File.Delete(path);

        PageAdvice.Drop(path, map.Address, map.Length);

        // The system leaves those that a processor has just brought in.
        Assert.InRange(PageAdvice.CountResident(map.Address, map.Length), 0, Count / 2);
        Assert.Equal(first, map.Part(0, 100).ToArray());
    }
}
