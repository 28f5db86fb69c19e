using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Memory;
using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class SessionPagesTests : IDisposable
{
    private const long MiB = 1 << 20;
    private const int Large = 3000;

    private static readonly int Page = PackFiles.PageBytes;
    private readonly PackFiles _files = new();
    private readonly FakeTimeProvider _time = new();
    private readonly PageKeeper _keeper;
    private MemoryUse _use = new(1024 * MiB, 0, 0, 0);

    public SessionPagesTests()
    {
        _files.SkipUnlessPagesCanBeDropped();
        _keeper = new PageKeeper(() => _use, _time);
    }

    public void Dispose()
    {
        _keeper.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void A_run_reads_what_it_needs_and_no_more()
    {
        var pack = _files.Add(_keeper, "a", Large);
        var pages = Session((pack, 0, 100 * Page), (pack, 2000 * Page, 100 * Page));
        pack.Drop();
        Assert.False(pages.IsResident);

        pages.BeginRun().Dispose();

        Assert.True(pages.IsResident);
        Assert.InRange(PackFiles.Resident(pack), 200, Large / 2);
    }

    [Fact]
    public void A_drop_is_known_whichever_pages_a_check_looks_at()
    {
        var pack = _files.Add(_keeper, "a", Large);
        var pages = Session((pack, 0, pack.Length));
        pages.BeginRun().Dispose();
        pack.Drop();
        PageAdvice.Populate(pack.Address, 2500 * Page);

        Assert.False(pages.IsResident);
        pages.BeginRun().Dispose();

        Assert.Equal(Large, PackFiles.Resident(pack));
    }

    [Fact]
    public void Pages_that_the_system_took_are_found_after_some_runs()
    {
        var pack = _files.Add(_keeper, "a", Large);
        var pages = Session((pack, 0, pack.Length));
        pages.BeginRun().Dispose();
        // As the system does it: without a word.
        PageAdvice.Drop(_files.PathOf("a"), pack.Address, pack.Length);
        PageAdvice.Populate(pack.Address, 2500 * Page);

        for (var run = 0; run < 3; run++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            pages.BeginRun().Dispose();
        }

        Assert.Equal(Large, PackFiles.Resident(pack));
    }

    [Fact]
    public void Runs_in_the_same_millisecond_look_once()
    {
        var pack = _files.Add(_keeper, "a", 256);
        var pages = Session((pack, 0, pack.Length));
        pages.BeginRun().Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        pages.BeginRun().Dispose();
        PageAdvice.Drop(_files.PathOf("a"), pack.Address, pack.Length);

        pages.BeginRun().Dispose();
        Assert.Equal(0, PackFiles.Resident(pack));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        pages.BeginRun().Dispose();
        Assert.Equal(256, PackFiles.Resident(pack));
    }

    [Fact]
    public void A_run_makes_room_first_but_not_with_what_it_needs()
    {
        var (one, other) = (_files.Add(_keeper, "a", 256), _files.Add(_keeper, "b", 256));
        var pages = Session((one, 0, one.Length));
        one.Drop();
        _use = new MemoryUse(1024 * MiB, 0, 992 * MiB, 0);

        using (pages.BeginRun())
        {
            Assert.Equal((256, 0), (PackFiles.Resident(one), PackFiles.Resident(other)));
            Assert.Equal(0, one.Drop());
        }

        Assert.Equal(one.Length, one.Drop());
    }

    [Fact]
    public async Task Runs_at_the_same_time_read_once()
    {
        var pack = _files.Add(_keeper, "a", Large);
        var pages = Session((pack, 0, pack.Length));
        pack.Drop();
        _use = new MemoryUse(1024 * MiB, 0, (992 * MiB) - pack.Length, 0);
        var other = _files.Add(_keeper, "b", 256);

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 8), TestContext.Current.CancellationToken, (_, _) =>
            {
                pages.BeginRun().Dispose();
                return ValueTask.CompletedTask;
            });

        Assert.Equal(Large, PackFiles.Resident(pack));
        Assert.Equal(256, PackFiles.Resident(other));
    }

    [Fact]
    public void A_prefetch_reads_for_the_run_to_come()
    {
        var pack = _files.Add(_keeper, "a", 256);
        var pages = Session((pack, 0, pack.Length));
        pack.Drop();

        pages.Prefetch();

        Assert.True(pages.IsResident);
        Assert.False(pack.IsRunning);
    }

    [Fact]
    public void A_run_that_can_not_begin_ends()
    {
        using var broken = new PageKeeper(() => throw new InvalidOperationException("broken"), _time);
        var pack = _files.Add(broken, "a", 16);
        var pages = new SessionPages(broken, [new PageRange(pack, 0, pack.Length)]);
        pack.Drop();

        Assert.Throws<InvalidOperationException>(() => pages.BeginRun());

        Assert.False(pack.IsRunning);
    }

    [Fact]
    public void A_drop_that_freed_nothing_is_no_miss()
    {
        var pack = _files.Add(_keeper, "a", Large);
        var pages = Session((pack, 0, pack.Length));
        pages.BeginRun().Dispose();
        _files.AddAgain(_keeper, "a");

        Assert.Equal(0, pack.Drop());

        Assert.True(pages.IsResident);
    }

    [Fact]
    public async Task A_run_has_its_pages_however_many_drops_come_with_it()
    {
        const int Count = 1500;
        var pack = _files.Add(_keeper, "a", Count);
        var pages = Session((pack, 0, pack.Length));
        for (var round = 0; round < 100; round++)
        {
            var drop = Task.Run(pack.Drop, TestContext.Current.CancellationToken);
            // The run begins before, during and after the drop.
            Thread.SpinWait(100 * round);
            using (pages.BeginRun())
            {
                await drop;
                Assert.Equal(Count, PackFiles.Resident(pack));
            }
        }
    }

    [Fact]
    public void Where_the_system_decides_all_pages_count_as_in_memory()
    {
        using var off = new PageKeeper(() => _use, _time, findProblem: _ => "it keeps quiet");
        var pack = _files.Add(off, "a", 16);
        var pages = new SessionPages(off, [new PageRange(pack, 0, pack.Length)]);
        pack.Drop();

        Assert.True(pages.IsResident);
        pages.BeginRun().Dispose();

        Assert.Equal(0, PackFiles.Resident(pack));
    }

    [Fact]
    public void A_sample_says_how_much_is_in_memory()
    {
        var pack = _files.Add(_keeper, "a", Large);
        var pages = Session((pack, 0, pack.Length));
        Assert.Equal((pack.Length, pack.Length), (pages.Sample().MappedBytes, pages.Sample().ResidentBytes));

        pack.Drop();

        Assert.Equal((pack.Length, 0), (pages.Sample().MappedBytes, pages.Sample().ResidentBytes));
    }

    [Fact]
    public void A_model_without_mapped_files_is_in_memory()
    {
        SessionPages.None.BeginRun().Dispose();

        Assert.True(SessionPages.None.IsResident);
        Assert.Equal(0, SessionPages.None.Sample().MappedBytes);
    }

    private SessionPages Session(params (MappedPack Pack, long Offset, long Length)[] bytes) =>
        new(_keeper, bytes.Select(each => new PageRange(each.Pack, each.Offset, each.Length)));
}
