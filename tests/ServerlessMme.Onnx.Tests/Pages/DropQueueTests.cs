using System.Collections;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Onnx.Pages;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class DropQueueTests : IDisposable
{
    private const long Much = 1L << 40;
    private const int PackPages = 4;

    private readonly PackFiles _files = new();
    private readonly FakeTimeProvider _time = new();
    private readonly PageKeeper _keeper;

    public DropQueueTests()
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
    public void A_call_drops_so_many_packs_and_the_next_one_goes_on()
    {
        var packs = Add(DropQueue.MostPerCall + 6);
        var queue = new DropQueue(packs, _time);

        queue.Drop(Much, 0);
        Assert.Equal(DropQueue.MostPerCall, packs.Count(pack => pack.Drops > 0));

        queue.Drop(Much, 0);
        Assert.All(packs, pack => Assert.Equal(1, pack.Drops));
    }

    [Fact]
    public void A_call_gives_up_when_other_processes_keep_what_it_drops()
    {
        var packs = Add(2 * DropQueue.MostInVain);
        for (var i = 0; i < packs.Length; i++)
        {
            _files.AddAgain(_keeper, $"{i}");
        }

        var queue = new DropQueue(packs, _time);

        Assert.Equal(0, queue.Drop(Much, 0));
        Assert.Equal(DropQueue.MostInVain, packs.Count(pack => pack.Drops > 0));
        Assert.Equal(0, queue.Drop(Much, 0));
        Assert.All(packs, pack => Assert.Equal(1, pack.Drops));
        // What was dropped in vain isn't chosen again.
        queue.Drop(Much, 0);
        Assert.All(packs, pack => Assert.Equal(1, pack.Drops));
    }

    [Theory]
    [InlineData(DropQueue.FewPacks, 3, "Looking at few packs is cheap")]
    [InlineData(DropQueue.FewPacks + 1, 2, "Many packs are scanned once in a tenth of a second")]
    public void Looks_at_all_packs_are_bounded(int count, int looks, string why)
    {
        var packs = new CountingPacks(count);
        var queue = new DropQueue(packs, _time);

        queue.Drop(1, 0);
        queue.Drop(1, 0);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        queue.Drop(1, 0);

        Assert.True(packs.Looks == looks, why);
    }

    private MappedPack[] Add(int count) =>
        [.. Enumerable.Range(0, count).Select(i => _files.Add(_keeper, $"{i}", PackPages))];

    /// <summary>Packs without pages, so there is never one to drop.</summary>
    private sealed class CountingPacks(int count) : IEnumerable<MappedPack>
    {
        public int Looks { get; private set; }

        public IEnumerator<MappedPack> GetEnumerator()
        {
            Looks++;
            return Enumerable.Range(0, count).Select(i => new MappedPack($"{i}", 0, 0, default, TimeProvider.System)).GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
