using ServerlessMme.Onnx.Pages;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Tests.Store;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Onnx.Tests.Pages;

public sealed class ModelPagesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly PackFiles _files = new();

    public ModelPagesTests() => _files.SkipUnlessPagesCanBeDropped();

    public void Dispose()
    {
        _store.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_model_whose_pages_are_gone_is_not_resident_until_it_runs()
    {
        var backend = await _store.LoadAsync(_store.Process(), Networks.Convolutional(1, 1));
        var before = await _store.ScoreAsync(backend);
        Assert.True(backend.IsResident);

        DropAll();
        Assert.False(backend.IsResident);
        Assert.Equal(0, backend.Pages!.Value.ResidentBytes);

        Assert.Equal(before, await _store.ScoreAsync(backend));
        Assert.True(backend.IsResident);
        Assert.Equal(backend.Pages!.Value.MappedBytes, backend.Pages!.Value.ResidentBytes);
    }

    [Fact]
    public async Task A_prefetch_reads_on_another_thread()
    {
        var backend = await _store.LoadAsync(_store.Process(), Networks.Convolutional(1, 1));
        await _store.ScoreAsync(backend);
        DropAll();

        backend.Prefetch();

        await Eventually.GetAsync<object>(TimeSpan.FromSeconds(10), "pages",
            () => Task.FromResult<object?>(backend.IsResident ? backend : null));
    }

    [Fact]
    public async Task Trunk_and_head_are_both_needed()
    {
        var process = _store.Process();
        var first = await _store.LoadAsync(process, Networks.FineTune(1, 1, 1));
        var second = await _store.LoadAsync(process, Networks.FineTune(1, 1, 2));
        await _store.ScoreAsync(first);
        await _store.ScoreAsync(second);
        Assert.NotNull(first.Trunk);
        Assert.True(first.IsResident && second.IsResident);

        DropAll();
        Assert.False(first.IsResident);
        await _store.ScoreAsync(first);

        Assert.True(first.IsResident);
        Assert.InRange(process.Pages!.Value.ResidentBytes, 1, process.Pages.Value.MappedBytes);
        Assert.Equal(_store.Packs.Sum(path => new FileInfo(path).Length), process.Pages.Value.MappedBytes);
        Assert.InRange(first.Pages!.Value.MappedBytes, 1, process.Pages.Value.MappedBytes);
    }

    [Fact]
    public async Task A_disposed_model_is_asked_in_vain()
    {
        var backend = await _store.LoadAsync(_store.Process(), Networks.Convolutional(1, 1));
        backend.Dispose();

        backend.Prefetch();

        Assert.True(backend.IsResident);
        Assert.Null(backend.Pages);
    }

    [Fact]
    public async Task Opening_from_the_store_is_what_an_eviction_costs()
    {
        var process = _store.Process(time: TimeProvider.System);
        var added = await _store.LoadAsync(process, Networks.Convolutional(1, 1));
        var opened = await _store.LoadAsync(process, Networks.Convolutional(1, 1), artifact: false);

        Assert.All([added, opened], backend => Assert.InRange(
            backend.ReloadTime!.Value, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30)));
    }

    /// <summary>As the system takes pages: they stay mapped, and nobody is told.</summary>
    private void DropAll()
    {
        _store.Time.Advance(TimeSpan.FromMilliseconds(1));
        foreach (var line in File.ReadLines("/proc/self/maps").Where(line => line.Contains(_store.Root)))
        {
            var words = line.Split([' ', '-'], StringSplitOptions.RemoveEmptyEntries);
            var (begin, end) = (Convert.ToInt64(words[0], 16), Convert.ToInt64(words[1], 16));
            var path = line[line.IndexOf(_store.Root, StringComparison.Ordinal)..];
            using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(file);
            }

            PageAdvice.Drop(path, (nint)begin, end - begin);
        }
    }
}
