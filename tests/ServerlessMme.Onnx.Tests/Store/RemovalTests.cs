using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Tests.Models;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class RemovalTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Nothing_leaves_a_store_below_its_cap() => Assert.Empty(Choose(400, Model("a", 1), Model("b", 2)));

    [Fact]
    public void Least_recently_used_leaves_first() =>
        Assert.Equal(["a"], Choose(210, Model("b", 2), Model("a", 1), Model("c", 3)));

    [Fact]
    public void As_many_leave_as_are_needed() =>
        Assert.Equal(["a", "b"], Choose(105, Model("c", 3), Model("b", 2), Model("a", 1)));

    [Fact]
    public void Model_in_use_stays() =>
        Assert.Equal(["b"], Choose(210, Model("a", 1) with { InUse = true }, Model("b", 2), Model("c", 3)));

    [Fact]
    public void Pack_counts_once_and_frees_only_with_its_last_model() =>
        Assert.Equal(["a", "b"], Choose(110,
            Model("a", 1) with { Packs = ["shared"] }, Model("b", 2) with { Packs = ["shared"] }, Model("c", 3)));

    [Fact]
    public void Everything_in_use_stays_however_large_it_is() =>
        Assert.Empty(Choose(0, Model("a", 1) with { InUse = true }));

    [Fact]
    public async Task Store_above_its_cap_lets_the_least_recently_used_go()
    {
        var models = Enumerable.Range(1, 4).Select(seed => Networks.Convolutional(seed, seed)).ToArray();
        var process = _store.Process();
        (await _store.LoadAsync(process, models[0])).Dispose();
        var each = _store.Bytes;
        process = _store.Process(capBytes: each * 35 / 10);
        foreach (var onnx in models[1..3])
        {
            await UseAsync(process, onnx);
        }

        await UseAsync(process, models[0]);
        await UseAsync(process, models[3]);

        Assert.Equal(3, _store.Graphs.Length);
        Assert.Equal(3, _store.Packs.Length);
        await _store.LoadAsync(process, models[0], artifact: false);
        await Assert.ThrowsAnyAsync<IOException>(() => _store.LoadAsync(process, models[1], artifact: false));
    }

    [Fact]
    public async Task Models_that_another_process_uses_stay_and_can_be_used()
    {
        var other = _store.Process();
        var onnx = Networks.Convolutional(1, 1);
        var used = await _store.LoadAsync(other, onnx);

        var process = _store.Process(capBytes: 1);
        for (var seed = 2; seed < 5; seed++)
        {
            await UseAsync(process, Networks.Convolutional(seed, seed));
        }

        await _store.AssertSameAsync(onnx, used);
        await _store.AssertSameAsync(onnx, await _store.LoadAsync(_store.Process(), onnx, artifact: false));
        Assert.InRange(_store.Graphs.Length, 1, 2);
    }

    [Fact]
    public async Task Pack_that_a_remaining_fine_tune_shares_stays()
    {
        var process = _store.Process();
        var first = Networks.Convolutional(1, 1);
        var second = Networks.Convolutional(1, 2);
        await UseAsync(process, first);
        var used = await _store.LoadAsync(process, second);

        process = _store.Process(capBytes: 1);
        await UseAsync(process, Networks.Convolutional(7, 7));

        await _store.AssertSameAsync(second, used);
        await _store.AssertSameAsync(second, await _store.LoadAsync(process, second, artifact: false));
        Assert.Equal(2, _store.Packs.Length - (_store.Graphs.Length - 1));
    }

    private static IReadOnlyList<string> Choose(long cap, params StoredUse[] models) =>
        Removal.Choose(
            models, models.SelectMany(model => model.Packs).Distinct().ToDictionary(pack => pack, _ => 99L), cap);

    private static StoredUse Model(string key, int minute) =>
        new(key, 1, ["pack-" + key], Noon.AddMinutes(minute), false);

    private async Task UseAsync(OnnxBackendFactory process, byte[] onnx)
    {
        _store.Time.Advance(TimeSpan.FromMinutes(1));
        (await _store.LoadAsync(process, onnx)).Dispose();
        (await _store.LoadAsync(process, onnx)).Dispose();
    }
}
