using System.Globalization;
using ServerlessMme.Core.Backends;
using ServerlessMme.Onnx.Memory;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Tests.Models;

namespace ServerlessMme.Onnx.Tests.Store;

[Collection(nameof(AloneCollection))]
public sealed class MappingTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Model_of_its_own_costs_one_map_and_no_handle()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc");
        var process = _store.Process();
        for (var seed = 0; seed < 5; seed++)
        {
            await _store.LoadAsync(process, Networks.Convolutional(seed, seed));
        }

        Assert.Equal(5, MapsOfPacks());
        Assert.DoesNotContain(Directory.GetFiles("/proc/self/fd").Select(handle => new FileInfo(handle).LinkTarget),
            target => target?.StartsWith(Path.Combine(_store.Root, "packs"), StringComparison.Ordinal) is true);
    }

    [Fact]
    public async Task Fine_tunes_map_their_backbone_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc");
        var process = _store.Process();
        var backends = new List<IBackend>();
        for (var head = 0; head < 5; head++)
        {
            backends.Add(await _store.LoadAsync(process, Networks.Convolutional(1, head)));
        }

        backends.Add(await _store.LoadAsync(process, Networks.Convolutional(1, 0)));

        Assert.Equal(5, MapsOfPacks());
        foreach (var backend in backends)
        {
            backend.Dispose();
        }

        Assert.Equal(0, MapsOfPacks());
    }

    [Fact]
    public async Task Private_memory_of_a_stored_model_leaves_out_its_tensors()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 256);
        using var plain = (await Loading.LoadAsync(onnx, _store.Manifest)).Value;
        var process = _store.Process();
        var added = await _store.LoadAsync(process, onnx);
        var opened = await _store.LoadAsync(process, onnx, artifact: false);

        Assert.InRange(onnx.Length, 5 << 20, 8 << 20);
        Assert.InRange(plain.PrivateBytes, onnx.Length, long.MaxValue);
        Assert.InRange(added.PrivateBytes, 1, 1 << 20);
        Assert.Equal(added.PrivateBytes, opened.PrivateBytes);
    }

    [Fact]
    public async Task Ten_thousand_loads_and_unloads_leave_nothing_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc");
        var process = _store.Process();
        var models = Enumerable.Range(0, 5).Select(head => Networks.Convolutional(head % 2, head)).ToArray();
        foreach (var onnx in models)
        {
            (await _store.LoadAsync(process, onnx)).Dispose();
        }

        await CycleAsync(100);
        var (allocated, resident) = Memory();

        await CycleAsync(2000);

        var (allocatedAfter, residentAfter) = Memory();
        Assert.InRange(allocatedAfter - allocated, long.MinValue, 8 << 20);
        Assert.InRange(residentAfter - resident, long.MinValue, 32 << 20);
        Assert.Equal(0, MapsOfPacks());
        Assert.Empty(StoreUser.InUse(new StoreLayout(_store.Root)));

        async Task CycleAsync(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                foreach (var onnx in models)
                {
                    using var backend = await _store.OpenAsync(process, onnx);
                    await _store.ScoreAsync(backend);
                }
            }
        }
    }

    /// <summary>What is allocated, and what of it is resident after a trim; other tests of the process included.</summary>
    private static (long Allocated, long Resident) Memory()
    {
        GC.Collect();
        NativeHeap.Trim();
        var resident = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon", StringComparison.Ordinal));
        return (NativeHeap.AllocatedBytes() ?? 0, long.Parse(
            resident.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10);
    }

    private int MapsOfPacks() => File.ReadLines("/proc/self/maps")
        .Count(line => line.Contains(Path.Combine(_store.Root, "packs"), StringComparison.Ordinal));
}
