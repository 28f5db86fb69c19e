using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class PackedWeightsTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Model_used_much_changes_to_packed_weights_and_scores_the_same()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 64);
        var backend = await _store.LoadAsync(_store.Process(), onnx);
        var mapped = MapsOfPacks();

        await UseMuchAsync(backend);

        await _store.AssertSameAsync(onnx, backend);
        if (OperatingSystem.IsLinux())
        {
            Assert.True(MapsOfPacks() > mapped, "The packed weights are not mapped.");
        }

        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Small_dense_layer_scores_as_a_plain_session_does_bit_for_bit()
    {
        var onnx = Networks.Dense(1);
        var backend = await _store.LoadAsync(_store.Process(), onnx);
        using var plain = new InferenceSession(onnx);

        for (var seed = 0; seed < 10; seed++)
        {
            using var image = OrtValue.CreateTensorValueFromMemory(
                Networks.Image(seed), [1, 3, Networks.Size, Networks.Size]);
            using var options = new RunOptions();
            using var scores = plain.Run(options, ["input"], [image], ["probabilities"]);
            Assert.Equal(scores[0].GetTensorDataAsSpan<float>().ToArray(), await _store.ScoreAsync(backend, seed));
        }
    }

    [Fact]
    public async Task Packed_weights_cost_no_private_memory()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 256);

        var backend = await _store.LoadAsync(_store.Process(), onnx);

        Assert.InRange(backend.PrivateBytes, 1, 1 << 20);
    }

    [Fact]
    public async Task Next_process_finds_packed_weights_in_the_store()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 64);
        (await _store.LoadAsync(_store.Process(), onnx)).Dispose();
        var bytes = _store.Bytes;
        var backend = await _store.LoadAsync(_store.Process(), onnx, artifact: false);

        await UseMuchAsync(backend);

        await _store.AssertSameAsync(onnx, backend);
        Assert.Equal(bytes, _store.Bytes);
    }

    [Fact]
    public async Task Fine_tune_with_a_shared_dense_layer_finds_its_packed_weights_too()
    {
        var process = _store.Process();
        await _store.LoadAsync(process, Networks.Convolutional(1, 1, channels: 64));
        var onnx = Networks.Convolutional(2, 1, channels: 64);
        var backend = await _store.LoadAsync(process, onnx);

        await UseMuchAsync(backend);

        await _store.AssertSameAsync(onnx, backend);
    }

    [Fact]
    public async Task Store_that_is_lost_meanwhile_costs_no_answer()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 64);
        var backend = await _store.LoadAsync(_store.Process(), onnx);
        foreach (var path in _store.Packs)
        {
            File.Delete(path);
        }

        await UseMuchAsync(backend);

        await _store.AssertSameAsync(onnx, backend);
    }

    [Fact]
    public async Task Store_behind_a_symbolic_link_gives_packed_weights()
    {
        using var folder = new TemporaryFolder();
        var link = Path.Combine(folder.Root, "link");
        Directory.CreateSymbolicLink(link, Directory.CreateDirectory(Path.Combine(folder.Root, "real")).FullName);
        var onnx = Networks.Convolutional(1, 1, channels: 64);
        using var process = new OnnxBackendFactory(new OnnxOptions { StorePath = link }, logger: _store.Log);
        using var backend = (await process.LoadAsync(folder, onnx, _store.Manifest)).Value;

        await UseMuchAsync(backend);

        await _store.AssertSameAsync(onnx, backend);
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Runs_that_go_on_during_the_change_all_answer()
    {
        var onnx = Networks.Convolutional(1, 1, channels: 64);
        var backend = await _store.LoadAsync(_store.Process(), onnx);
        var expected = await _store.PlainAsync(onnx, 3);

        var runs = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < OnnxModel.ImagesUntilPacked; i++)
            {
                StoreFixture.AssertClose(expected, await _store.ScoreAsync(backend, 3));
            }
        }));

        await Task.WhenAll(runs);
        backend.Dispose();
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(0, MapsOfPacks());
        }
    }

    private async Task UseMuchAsync(IBackend backend)
    {
        for (var i = 0; i <= OnnxModel.ImagesUntilPacked; i++)
        {
            await _store.ScoreAsync(backend, i);
        }
    }

    private int MapsOfPacks() => !OperatingSystem.IsLinux() ? 0 : File.ReadLines("/proc/self/maps")
        .Count(line => line.Contains(Path.Combine(_store.Root, "packs"), StringComparison.Ordinal));
}
