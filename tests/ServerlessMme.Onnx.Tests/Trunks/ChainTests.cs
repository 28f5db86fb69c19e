using ServerlessMme.Core.Backends;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Tests.Store;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Trunks;

public sealed class ChainTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Single_model_runs_as_a_whole()
    {
        var process = _store.Process();
        var onnx = Networks.FineTune(1, 1, 1);
        var backend = await _store.LoadAsync(process, onnx);

        await _store.AssertSameAsync(onnx, backend);

        Assert.Null(backend.Trunk);
        Assert.Empty(process.Trunks);
        Assert.Single(_store.Graphs);
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Two_files_of_one_network_run_as_a_whole()
    {
        var process = _store.Process();
        var one = await _store.LoadAsync(process, Networks.FineTune(1, 1, 1));
        var same = await _store.LoadAsync(process, Networks.FineTune(1, 1, 1, input: "pixels"));

        await _store.ScoreAsync(one);
        await _store.ScoreAsync(same);

        Assert.Null(one.Trunk);
        Assert.Null(same.Trunk);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fine_tunes_that_are_loaded_share_a_trunk_from_their_next_run_on(bool residual)
    {
        var process = _store.Process();
        var models = Enumerable.Range(1, 3).Select(head => Networks.FineTune(1, 1, head, residual)).ToList();
        var backends = new List<IBackend>();
        foreach (var onnx in models)
        {
            backends.Add(await _store.LoadAsync(process, onnx));
        }

        foreach (var (onnx, backend) in models.Zip(backends))
        {
            await _store.AssertSameAsync(onnx, backend);
        }

        Assert.Empty(_store.Log.Lines);
        var trunk = Assert.Single(process.Trunks);
        Assert.All(backends, backend => Assert.Equal(trunk.Id, backend.Trunk));
        Assert.Equal(3, trunk.Heads);
        Assert.Equal(3 + 1 + 3, _store.Graphs.Length);
    }

    [Fact]
    public async Task Chain_scores_the_same_bits_as_the_whole()
    {
        var process = _store.Process();
        var onnx = Networks.FineTune(1, 1, 1);
        var backend = await _store.LoadAsync(process, onnx);
        var rows = Enumerable.Range(0, 16).Select(Networks.Image).ToArray();
        var whole = await backend.ScoreAsync(_store.Manifest, rows);
        await _store.LoadAsync(process, Networks.FineTune(1, 1, 2));

        var chain = await backend.ScoreAsync(_store.Manifest, rows);

        Assert.NotNull(backend.Trunk);
        Assert.Equal(whole.Select(outcome => outcome.Value), chain.Select(outcome => outcome.Value));
    }

    [Fact]
    public async Task Next_process_opens_the_parts_at_once()
    {
        await StoreChainAsync(Networks.FineTune(1, 1, 1), Networks.FineTune(1, 1, 2));
        var process = _store.Process();

        var backend = await _store.LoadAsync(process, Networks.FineTune(1, 1, 1), artifact: false);

        Assert.Equal(Assert.Single(process.Trunks).Id, backend.Trunk);
        await _store.AssertSameAsync(Networks.FineTune(1, 1, 1), backend);
    }

    [Fact]
    public async Task Families_on_one_stem_share_it_and_each_its_own_block()
    {
        byte[][] models =
        [
            Networks.FineTune(1, 1, 1), Networks.FineTune(1, 1, 2), Networks.FineTune(1, 2, 3),
            Networks.FineTune(1, 2, 4),
        ];

        var (process, backends) = await StoreChainAsync(models);

        Assert.Equal([2, 2, 4], process.Trunks.Select(trunk => trunk.Heads).Order());
        Assert.Equal(backends[0].Trunk, backends[1].Trunk);
        Assert.Equal(backends[2].Trunk, backends[3].Trunk);
        Assert.NotEqual(backends[0].Trunk, backends[2].Trunk);
    }

    [Fact]
    public async Task Trunk_with_a_large_dense_layer_scores_the_same()
    {
        byte[][] models = [Networks.FineTune(1, 1, 1, dense: 7), Networks.FineTune(1, 1, 2, dense: 7)];

        var (process, backends) = await StoreChainAsync(models);

        await _store.AssertSameAsync(models[0], backends[0]);
        await _store.AssertSameAsync(models[1], backends[1]);
        Assert.Single(process.Trunks);
    }

    [Fact]
    public async Task Model_that_is_used_much_keeps_its_trunk()
    {
        var (process, backends) = await StoreChainAsync(Networks.FineTune(1, 1, 1), Networks.FineTune(1, 1, 2));

        for (var i = 0; i < 70; i++)
        {
            await _store.ScoreAsync(backends[0], i);
        }

        await _store.AssertSameAsync(Networks.FineTune(1, 1, 1), backends[0]);
        Assert.Equal(2, Assert.Single(process.Trunks).Heads);
    }

    [Fact]
    public async Task Other_names_of_the_input_share_a_trunk_too()
    {
        byte[][] models = [Networks.FineTune(1, 1, 1), Networks.FineTune(1, 1, 2, input: "image")];

        var (process, _) = await StoreChainAsync(models);

        Assert.Equal(2, Assert.Single(process.Trunks).Heads);
    }

    [Theory]
    [InlineData(GraphBuilder.Float16, -1)]
    [InlineData(GraphBuilder.Float, 1)]
    public async Task Inputs_of_float16_and_of_one_image_can_be_shared(int type, int batch)
    {
        byte[][] models =
        [
            Networks.FineTune(1, 1, 1, type: type, batch: batch), Networks.FineTune(1, 1, 2, type: type, batch: batch),
        ];

        var (process, backends) = await StoreChainAsync(models);

        Assert.Equal(2, Assert.Single(process.Trunks).Heads);
        Assert.All(backends, backend => Assert.Equal(batch == 1 ? 1 : new OnnxOptions().MaxBatch, backend.MaxBatch));
    }

    [Fact]
    public async Task Trunk_leaves_memory_with_its_last_model()
    {
        var (process, backends) = await StoreChainAsync(Networks.FineTune(1, 1, 1), Networks.FineTune(1, 1, 2));

        backends[0].Dispose();
        Assert.Equal(1, Assert.Single(process.Trunks).Heads);
        await _store.AssertSameAsync(Networks.FineTune(1, 1, 2), backends[1]);
        backends[1].Dispose();

        Assert.Empty(process.Trunks);
        Assert.Empty(StoreUser.InUse(new StoreLayout(_store.Root)));
    }

    [Fact]
    public async Task Model_in_parts_takes_less_memory_than_the_whole()
    {
        var process = _store.Process();
        var backend = await _store.LoadAsync(process, Networks.FineTune(1, 1, 1));
        var whole = backend.PrivateBytes;
        await _store.LoadAsync(process, Networks.FineTune(1, 1, 2));

        await _store.ScoreAsync(backend);

        Assert.InRange(backend.PrivateBytes, 1, whole - 1);
        Assert.InRange(Assert.Single(process.Trunks).PrivateBytes, 1, 4 << 20);
    }

    private async Task<(OnnxBackendFactory Process, IReadOnlyList<IBackend> Backends)> StoreChainAsync(
        params byte[][] models)
    {
        var process = _store.Process();
        var backends = new List<IBackend>();
        foreach (var onnx in models)
        {
            backends.Add(await _store.LoadAsync(process, onnx));
        }

        foreach (var (onnx, backend) in models.Zip(backends))
        {
            await _store.AssertSameAsync(onnx, backend);
        }

        Assert.Empty(_store.Log.Lines);
        return (process, backends);
    }
}
