using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Store.Proto;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class TensorStoreTests : IDisposable
{
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task First_use_stores_the_model_and_the_next_process_needs_no_artifact()
    {
        var onnx = Networks.Convolutional(1, 1);
        var first = await _store.LoadAsync(_store.Process(), onnx);
        await _store.AssertSameAsync(onnx, first);
        Assert.Single(_store.Graphs);
        Assert.Single(_store.Packs);

        var second = await _store.LoadAsync(_store.Process(), onnx, artifact: false);

        await _store.AssertSameAsync(onnx, second);
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Store_behind_a_symbolic_link_is_used()
    {
        using var folder = new TemporaryFolder();
        var link = Path.Combine(folder.Root, "link");
        Directory.CreateSymbolicLink(link, Directory.CreateDirectory(Path.Combine(folder.Root, "real")).FullName);
        var onnx = Networks.Convolutional(1, 1);
        using var process = new OnnxBackendFactory(new OnnxOptions { StorePath = link }, logger: _store.Log);
        (await process.LoadAsync(folder, onnx, _store.Manifest)).Value.Dispose();

        using var backend = (await process.LoadAsync(folder, onnx, _store.Manifest)).Value;

        await _store.AssertSameAsync(onnx, backend);
        Assert.Single(Directory.GetFiles(Path.Combine(folder.Root, "real", "graphs")));
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Batches_of_a_stored_model_score_as_single_images_do()
    {
        var onnx = Networks.Convolutional(1, 1);
        var process = _store.Process();
        (await _store.LoadAsync(process, onnx)).Dispose();
        var backend = await _store.LoadAsync(process, onnx, artifact: false);

        var scores = await backend.ScoreAsync(
            _store.Manifest, [.. Enumerable.Range(0, 16).Select(Networks.Image)]);

        for (var seed = 0; seed < 16; seed++)
        {
            StoreFixture.AssertClose(await _store.PlainAsync(onnx, seed), scores[seed].Value);
        }
    }

    [Fact]
    public async Task Fine_tunes_share_their_backbone_on_disk()
    {
        var process = _store.Process();
        await _store.LoadAsync(process, Networks.Convolutional(1, 1, channels: 64));
        var one = _store.Bytes;

        for (var head = 2; head <= 5; head++)
        {
            await _store.LoadAsync(process, Networks.Convolutional(1, head, channels: 64));
        }

        var heads = 4 * ((128 * 16 * 64) + (64 * 10)) * 4;
        Assert.Equal(5, _store.Graphs.Length);
        Assert.Equal(5, _store.Packs.Length);
        Assert.InRange(_store.Bytes, one + heads, one + heads + 40_000);
    }

    [Fact]
    public async Task Fine_tune_that_another_process_stored_is_shared_too()
    {
        var here = _store.Process();
        var there = _store.Process();
        await _store.LoadAsync(here, Networks.Convolutional(1, 1));
        var onnx = Networks.Convolutional(1, 2);
        await _store.LoadAsync(there, onnx);
        await _store.LoadAsync(here, Networks.Convolutional(1, 3));

        Assert.Equal(3, _store.Packs.Length);
        Assert.Equal(2, _store.Packs.Count(path => new FileInfo(path).Length == PackBytes(onnx)));

        int PackBytes(byte[] _) => ((32 * 16 * 64) + (64 * 10)) * 4;
    }

    [Fact]
    public async Task Same_model_under_two_names_is_stored_once_and_lives_until_both_are_disposed()
    {
        var onnx = Networks.Convolutional(1, 1);
        var process = _store.Process();
        var one = await _store.LoadAsync(process, onnx);
        var other = await _store.LoadAsync(process, onnx);
        one.Dispose();

        await _store.AssertSameAsync(onnx, other);
        Assert.Single(_store.Graphs);
        Assert.Single(Marks());
        other.Dispose();
        Assert.Empty(Marks());
    }

    [Fact]
    public async Task Models_loaded_at_the_same_time_by_two_processes_are_all_right()
    {
        using var here = new TemporaryFolder();
        using var there = new TemporaryFolder();
        var processes = new[]
        {
            (_store.Process(time: TimeProvider.System), here), (_store.Process(time: TimeProvider.System), there),
        };
        var models = Enumerable.Range(0, 6).Select(head => Networks.Convolutional(head % 2, head)).ToArray();

        var loads = models.SelectMany(onnx => processes, (onnx, process) => (onnx, process)).Select(async each =>
            (each.onnx, Backend: await each.process.Item1.LoadAsync(each.process.Item2, each.onnx, _store.Manifest)));
        foreach (var (onnx, backend) in await Task.WhenAll(loads))
        {
            await _store.AssertSameAsync(onnx, backend.Value);
            backend.Value.Dispose();
        }

        Assert.Equal(6, _store.Graphs.Length);
        Assert.Equal(6, _store.Packs.Length);
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Model_that_is_not_what_the_manifest_says_is_refused_also_from_the_store()
    {
        var onnx = Networks.Convolutional(1, 1);
        using var folder = new TemporaryFolder();
        var process = _store.Process();
        (await process.LoadAsync(folder, onnx, _store.Manifest)).Value.Dispose();

        var outcome = await process.LoadAsync(folder, onnx, Manifests.Of(labels: 9, width: 16, height: 16));

        Assert.Contains("the manifest has 9 labels", outcome.Refusal?.Message, StringComparison.Ordinal);
        Assert.Empty(Marks());
    }

    [Fact]
    public async Task What_is_wrong_with_a_model_is_refused_and_leaves_nothing_in_the_store()
    {
        var graph = SmallModels.ChannelMeans();
        graph.Model.Graph.Node[0].OpType = "Teleport";
        using var folder = new TemporaryFolder();
        var process = _store.Process();

        var unknown = await process.LoadAsync(folder, graph.ToBytes());
        var damaged = await process.LoadAsync(folder, [0x0b, 0x0c]);
        var mismatched = await process.LoadAsync(folder, SmallModels.ChannelMeans().ToBytes(), Manifests.Of(labels: 4));

        Assert.Contains("Teleport", unknown.Refusal?.Message, StringComparison.Ordinal);
        Assert.Contains("is not valid protobuf", damaged.Refusal?.Message, StringComparison.Ordinal);
        Assert.Contains("the manifest has 4 labels", mismatched.Refusal?.Message, StringComparison.Ordinal);
        Assert.Empty(_store.Graphs);
        Assert.Empty(_store.Packs);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_store.Root, "users")).SelectMany(Directory.GetDirectories));
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Weights_within_a_subgraph_leave_the_model_outside_the_store()
    {
        var graph = new GraphBuilder();
        var input = graph.Input("input", GraphBuilder.Float, -1, 3, 16, 16);
        var means = graph.Node("ReduceMean", [input], GraphBuilder.Ints("axes", 2, 3), GraphBuilder.Int("keepdims", 0));
        graph.Conditional("scores", means, rows: 3, labels: 10, columns: 400);
        var onnx = graph.Output("scores", GraphBuilder.Float, -1, 10).ToBytes();

        var backend = await _store.LoadAsync(_store.Process(), onnx);

        await _store.AssertSameAsync(onnx, backend);
        Assert.Empty(_store.Graphs);
    }

    [Fact]
    public async Task Store_that_cannot_be_written_costs_memory_and_no_answer()
    {
        var process = _store.Process();
        Directory.Delete(Path.Combine(_store.Root, "packs"));
        File.WriteAllText(Path.Combine(_store.Root, "packs"), "in the way");
        var onnx = Networks.Convolutional(1, 1);

        var backend = await _store.LoadAsync(process, onnx);

        await _store.AssertSameAsync(onnx, backend);
        Assert.Contains(_store.Log.Lines, line => line.Contains("without the tensor store", StringComparison.Ordinal));
        File.Delete(Path.Combine(_store.Root, "packs"));
        Directory.CreateDirectory(Path.Combine(_store.Root, "packs"));
    }

    [Fact]
    public async Task Store_whose_folder_cannot_be_created_is_replaced_by_a_temporary_one()
    {
        // A file in the way stops every user; a read-only folder would not stop root.
        File.WriteAllText(_store.Root, "in the way");
        var onnx = Networks.Convolutional(1, 1);

        var process = _store.Process();
        var backend = await _store.LoadAsync(process, onnx);

        await _store.AssertSameAsync(onnx, backend);
        var warning = Assert.Single(_store.Log.Lines);
        Assert.Contains($"The tensor store in {_store.Root} cannot be used", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_of_an_older_form_leave_with_the_first_addition()
    {
        var process = _store.Process();
        var old = new StoredModel { Key = new string('a', 64), MadeFor = "sha256:aa, onnxruntime 1.31.1, format 4" };
        StoredModelFile.Write(
            Path.Combine(_store.Root, "graphs", $"{old.Key}.graph"), Path.Combine(_store.Root, "old"), old);

        await _store.LoadAsync(process, Networks.Convolutional(1, 1));

        Assert.DoesNotContain(_store.Graphs, path => path.Contains(old.Key, StringComparison.Ordinal));
        Assert.Single(_store.Graphs);
    }

    [Fact]
    public async Task Attributes_are_stored_only_if_they_differ_from_their_defaults()
    {
        await _store.LoadAsync(_store.Process(), Networks.Convolutional(1, 1));

        var attributes = StoredNodes().SelectMany(node => node.Attribute).Select(attribute => attribute.Name).ToList();
        Assert.Contains("pads", attributes);
        Assert.DoesNotContain("group", attributes);
        Assert.DoesNotContain("auto_pad", attributes);
        Assert.DoesNotContain("alpha", attributes);

        IEnumerable<NodeProto> StoredNodes() => ModelProto.Parser.ParseFrom(
            StoredModelFile.Read(Assert.Single(_store.Graphs))!.Graph).Graph.Node;
    }

    [Fact]
    public void Key_changes_with_artifact_runtime_and_processor()
    {
        var keys = new[]
        {
            StoreKey.Of("sha256:aa", "onnxruntime 1.31.1, X64 avx2"),
            StoreKey.Of("sha256:ab", "onnxruntime 1.31.1, X64 avx2"),
            StoreKey.Of("sha256:aa", "onnxruntime 1.32.0, X64 avx2"),
            StoreKey.Of("sha256:aa", "onnxruntime 1.31.1, X64 avx512f"),
        };

        Assert.Equal(4, keys.Select(key => key.Value).Distinct().Count());
        Assert.All(keys, key => Assert.Matches("^[0-9a-f]{64}$", key.Value));
    }

    private HashSet<string> Marks() => StoreUser.InUse(new StoreLayout(_store.Root));
}
