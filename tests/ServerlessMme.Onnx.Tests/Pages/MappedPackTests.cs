using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class MappedPackTests : IDisposable
{
    private const int Count = 64;
    private static readonly long Bytes = Count * (long)PackFiles.PageBytes;

    private readonly PackFiles _files = new();
    private readonly FakeTimeProvider _time = new();
    private readonly PageKeeper _keeper;

    public MappedPackTests()
    {
        _files.SkipUnlessPagesCanBeDropped();
        _keeper = new PageKeeper(() => null, _time);
    }

    public void Dispose()
    {
        _keeper.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void Workers_that_both_dropped_a_pack_can_drop_it_again_once_they_needed_it()
    {
        var one = _files.Add(_keeper, "a", Count);
        var other = _files.AddAgain(_keeper, "a");
        var pages = new[] { one, other }.Select(Session).ToArray();

        Assert.Equal((0, 0), (one.Drop(), one.DroppableBytes));
        Run(pages[0]);
        PageAdvice.Touch(one.Address, one.Length);
        Assert.Equal(0, other.Drop());
        Run(pages[1]);

        Assert.Equal((Bytes, Bytes), (one.DroppableBytes, other.DroppableBytes));
        Assert.Equal(Bytes, one.Drop());
    }

    [Fact]
    public void Pages_that_came_back_without_a_read_can_be_dropped_again()
    {
        var pack = _files.Add(_keeper, "a", Count);
        var pages = Session(pack);
        Assert.Equal(Bytes, pack.Drop());
        Assert.Equal(0, pack.DroppableBytes);
        PageAdvice.Touch(pack.Address, pack.Length);

        Run(pages);

        Assert.Equal(Bytes, pack.DroppableBytes);
    }

    [Fact]
    public void A_session_that_comes_after_a_drop_counts_what_others_kept()
    {
        var pack = _files.Add(_keeper, "a", Count);
        _files.AddAgain(_keeper, "a");
        Assert.Equal(0, pack.Drop());

        Run(Session(pack));

        Assert.Equal(Bytes, pack.DroppableBytes);
    }

    [Fact]
    public void Pages_that_the_system_took_and_brought_back_are_counted()
    {
        var pack = _files.Add(_keeper, "a", Count);
        var pages = Session(pack);
        Run(pages);
        PageAdvice.Drop(_files.PathOf("a"), pack.Address, pack.Length);
        Assert.Equal(0, pack.Drop());
        PageAdvice.Touch(pack.Address, pack.Length);

        Run(pages);

        Assert.Equal(Bytes, pack.DroppableBytes);
    }

    [Fact]
    public void Another_file_that_took_its_path_is_left_alone()
    {
        var pack = _files.Add(_keeper, "a", Count);
        var path = _files.PathOf("a");
        File.Delete(path);
        _files.Write("a", Bytes);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddMinutes(1));
        var other = _files.Map(path);
        Assert.Equal(Count, PageAdvice.CountResident(other.Address, other.Length));

        pack.Drop();

        Assert.Equal(Count, PageAdvice.CountResident(other.Address, other.Length));
    }

    [Fact]
    public void A_file_that_was_cut_off_is_not_touched()
    {
        var pack = _files.Add(_keeper, "a", Count);
        Assert.True(pack.IsWhole());
        using (var file = File.OpenWrite(_files.PathOf("a")))
        {
            file.SetLength(PackFiles.PageBytes);
        }

        // It would end the process.
        PageAdvice.Touch(pack.Address, pack.Length, pack.IsWhole);
        Assert.False(pack.IsWhole());

        File.Delete(_files.PathOf("a"));
        Assert.True(pack.IsWhole());
    }

    private SessionPages Session(MappedPack pack) => new(_keeper, [new PageRange(pack, 0, pack.Length)]);

    private void Run(SessionPages pages)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        pages.BeginRun().Dispose();
    }
}
