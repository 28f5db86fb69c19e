using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Memory;
using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Tests.Store;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class PageKeeperTests : IDisposable
{
    private const long MiB = 1 << 20;
    private const int PackPages = 256;
    private static readonly long Pack = PackPages * (long)PackFiles.PageBytes;

    private readonly PackFiles _files = new();
    private readonly FakeTimeProvider _time = new();
    private readonly PageKeeper _keeper;
    private MemoryUse? _use = new(1024 * MiB, 0, 0, 0);
    private int _reads;

    public PageKeeperTests()
    {
        _files.SkipUnlessPagesCanBeDropped();
        _keeper = new PageKeeper(
            () =>
            {
                _reads++;
                return _use;
            },
            _time);
    }

    public void Dispose()
    {
        _keeper.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void Nothing_is_dropped_while_there_is_room()
    {
        var packs = Add(3);
        Full(room: 10 * Pack);

        _keeper.MakeRoom(10 * Pack);

        Assert.All(packs, pack => Assert.Equal(PackPages, PackFiles.Resident(pack)));
    }

    [Fact]
    public void Whole_packs_are_dropped_the_longest_idle_first()
    {
        var packs = Add(3);
        Use(packs[2]);
        Use(packs[0]);
        Full(room: 0);

        _keeper.MakeRoom(Pack);

        Assert.Equal([PackPages, 0, PackPages], packs.Select(PackFiles.Resident));
        Assert.Equal([0, 1, 0], packs.Select(pack => pack.Drops));
    }

    [Fact]
    public void What_was_read_since_counts_until_the_limit_is_looked_at_again()
    {
        var packs = Add(4);
        Full(room: 2 * Pack);

        _keeper.MakeRoom(2 * Pack);
        Assert.DoesNotContain(packs, pack => pack.Drops > 0);

        _keeper.MakeRoom(Pack);
        Assert.Single(packs, pack => pack.Drops > 0);
        Assert.Equal(1, _reads);
    }

    [Fact]
    public void The_limit_is_looked_at_after_a_tenth_of_a_second()
    {
        _keeper.MakeRoom(1);
        _keeper.MakeRoom(1);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        _keeper.MakeRoom(1);

        Assert.Equal(2, _reads);
    }

    [Fact]
    public void The_limit_is_looked_at_when_much_was_read()
    {
        _keeper.MakeRoom(1);
        _keeper.MakeRoom(40 * MiB);

        Assert.Equal(2, _reads);
    }

    [Fact]
    public void A_pack_that_runs_stays()
    {
        var packs = Add(2);
        packs[0].BeginRun(_keeper.Now);
        Full(room: 0);

        _keeper.MakeRoom(5 * Pack);
        Assert.Equal([PackPages, 0], packs.Select(PackFiles.Resident));

        packs[0].EndRun();
        _keeper.MakeRoom(Pack);
        Assert.Equal(0, PackFiles.Resident(packs[0]));
    }

    [Fact]
    public void A_pack_that_was_used_since_it_was_chosen_stays()
    {
        var packs = Add(3);
        Full(room: 0);
        _keeper.MakeRoom(Pack);
        var dropped = Array.FindIndex(packs, pack => pack.Drops > 0);
        var used = packs[(dropped + 1) % 3];
        Use(used);

        _keeper.MakeRoom(Pack);

        Assert.Equal(PackPages, PackFiles.Resident(used));
        Assert.Equal(2, packs.Count(pack => pack.Drops > 0));
    }

    [Fact]
    public void A_pack_that_was_unmapped_is_left_alone()
    {
        var pack = Assert.Single(Add(1));
        _keeper.Remove(pack);
        Full(room: 0);

        _keeper.MakeRoom(Pack);

        Assert.Equal(0, pack.Drop());
        Assert.Equal(PackPages, PackFiles.Resident(pack));
    }

    [Fact]
    public void Without_a_known_limit_the_system_decides()
    {
        var packs = Add(2);
        _use = null;

        _keeper.MakeRoom(long.MaxValue / 2);

        Assert.All(packs, pack => Assert.Equal(PackPages, PackFiles.Resident(pack)));
    }

    [Fact]
    public void Under_a_tight_limit_packs_that_nobody_uses_are_let_go()
    {
        var packs = Add(40);
        Full(room: 0);
        _time.Advance(TimeSpan.FromSeconds(29));
        Use(packs[5]);
        Assert.All(packs, pack => Assert.Equal(0, pack.Drops));

        _time.Advance(TimeSpan.FromSeconds(1));

        // Half of what lacks to a 64th of the limit.
        Assert.Equal(8 * MiB / Pack, packs.Sum(pack => pack.Drops));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(16 * MiB / Pack, packs.Sum(pack => pack.Drops));
        Assert.Equal(0, packs[5].Drops);
    }

    [Fact]
    public void With_room_left_nothing_is_let_go()
    {
        var packs = Add(2);
        Full(room: 40 * MiB);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.All(packs, pack => Assert.Equal(0, pack.Drops));
        Assert.InRange(_reads, 1, 40);
    }

    [Fact]
    public void A_sample_tells_what_is_mapped_and_in_memory()
    {
        var packs = Add(4);
        packs[2].Drop();
        _use = new MemoryUse(1024 * MiB, 100 * MiB, 0, 0);

        var use = _keeper.Sample();

        Assert.Equal((4 * Pack, 3 * Pack, 892 * MiB), (use.MappedBytes, use.ResidentBytes, use.TargetBytes));
    }

    [Fact]
    public void A_look_that_fails_does_not_end_the_process_nor_the_looks()
    {
        var reads = 0;
        using var keeper = new PageKeeper(
            () =>
            {
                reads++;
                throw new InvalidOperationException("broken");
            },
            _time);

        _time.Advance(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(2, reads);
    }

    [Fact]
    public void Where_pages_can_not_be_managed_the_system_decides_and_the_log_says_so_once()
    {
        var log = new RecordingLogger();
        using var keeper = new PageKeeper(() => _use, _time, log, _ => "it keeps quiet");
        var packs = new[] { _files.Add(keeper, "a", PackPages), _files.Add(keeper, "b", PackPages) };
        Full(room: 0);

        keeper.MakeRoom(Pack);

        Assert.True(keeper.IsOff);
        Assert.Contains("it keeps quiet", Assert.Single(log.Lines));
        Assert.All(packs, pack => Assert.Equal(PackPages, PackFiles.Resident(pack)));
        Assert.False(_keeper.IsOff);
    }

    private MappedPack[] Add(int count) =>
        [.. Enumerable.Range(0, count).Select(i => _files.Add(_keeper, $"{i}", PackPages))];

    private void Use(MappedPack pack)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        pack.BeginRun(_keeper.Now);
        pack.EndRun();
        _time.Advance(TimeSpan.FromMilliseconds(1));
    }

    private void Full(long room) => _use = new MemoryUse(1024 * MiB, 0, (992 * MiB) - room, 0);
}
