using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class PageRangeTests
{
    private static readonly int Page = PageAdvice.PageBytes;
    private readonly MappedPack _pack = new("a", 0, 100 * Page, default, TimeProvider.System);
    private readonly MappedPack _other = new("b", 0, 100 * Page, default, TimeProvider.System);

    [Fact]
    public void Tensors_that_touch_the_same_or_the_next_page_are_one_range()
    {
        Assert.Equal([(0, 3)], Join((_pack, 10, Page), (_pack, Page + 10, 50), (_pack, 2 * Page, 7)));
    }

    [Fact]
    public void Pages_between_tensors_are_left_out()
    {
        Assert.Equal([(0, 1), (5, 6)], Join((_pack, (5 * Page) + 3, (5 * Page) + 1), (_pack, 0, Page)));
    }

    [Fact]
    public void A_tensor_inside_another_adds_nothing()
    {
        Assert.Equal([(0, 4)], Join((_pack, 0, 4 * Page), (_pack, Page, 10)));
    }

    [Fact]
    public void Packs_are_kept_apart()
    {
        Assert.Equal([(0, 1), (1, 1)], Join((_pack, 0, 5), (_other, Page, 5)));
    }

    [Fact]
    public void Empty_tensors_have_no_pages()
    {
        Assert.Empty(Join((_pack, 5, 0)));
    }

    private static IEnumerable<(int First, int Count)> Join(
        params (MappedPack Pack, long Offset, long Length)[] bytes) => PageRange
            .Join(bytes.Select(each => new PageRange(each.Pack, each.Offset, each.Length)))
            .Select(range => ((int)(range.Offset / Page), (int)(range.Length / Page)));
}
