using Google.Protobuf;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Store.Proto;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Tests.Store;

namespace ServerlessMme.Onnx.Tests.Trunks;

/// <summary>What happens to a chain costs sharing at most, never an answer.</summary>
public sealed class ChainRepairTests : IDisposable
{
    private static readonly byte[] One = Networks.FineTune(1, 1, 1);
    private static readonly byte[] Two = Networks.FineTune(1, 1, 2);
    private readonly StoreFixture _store = new();

    private string Index => Path.Combine(_store.Root, "trunks");

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Parts_that_score_differently_are_not_used_and_that_is_logged_once()
    {
        await StoreAsync(One, Two);
        ChangeTrunk(trunk =>
        {
            var graph = ModelProto.Parser.ParseFrom(trunk.Graph);
            var activation = graph.Graph.Node.SelectMany(node => node.Attribute).First(each => each.Name == "activation");
            activation.S = ByteString.CopyFromUtf8("Tanh");
            trunk.Graph = graph.ToByteString();
        });
        var process = _store.Process();
        var onnx = Networks.FineTune(1, 1, 3);
        var backend = await _store.LoadAsync(process, onnx);

        await _store.AssertSameAsync(onnx, backend);
        await _store.AssertSameAsync(onnx, backend);

        Assert.Null(backend.Trunk);
        var line = Assert.Single(_store.Log.Lines);
        Assert.Contains("the split model's scores differ from those of the whole model", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trunk_that_cannot_be_opened_is_made_again()
    {
        await StoreAsync(One, Two);
        ChangeTrunk(trunk =>
        {
            var graph = ModelProto.Parser.ParseFrom(trunk.Graph);
            graph.Graph.Node[0].OpType = "Teleport";
            trunk.Graph = graph.ToByteString();
        });

        await AssertChainAsync();
    }

    [Theory]
    [InlineData("trunk")]
    [InlineData("rest after")]
    public async Task Part_that_is_missing_is_made_again(string part)
    {
        await StoreAsync(One, Two);
        foreach (var (path, _) in Parts(part))
        {
            File.Delete(path);
        }

        await AssertChainAsync();
    }

    [Theory]
    [InlineData("trunk")]
    [InlineData("rest after")]
    public async Task Part_that_is_damaged_is_made_again(string part)
    {
        await StoreAsync(One, Two);
        foreach (var (path, _) in Parts(part))
        {
            var bytes = File.ReadAllBytes(path);
            bytes[^10] ^= 1;
            File.WriteAllBytes(path, bytes);
        }

        await AssertChainAsync();
    }

    [Fact]
    public async Task Parts_that_have_each_others_names_are_made_again()
    {
        await StoreAsync(One, Two);
        var rests = Parts("rest after");
        Assert.Equal(2, rests.Count);
        var bytes = rests.Select(rest => File.ReadAllBytes(rest.Path)).ToList();
        File.WriteAllBytes(rests[0].Path, bytes[1]);
        File.WriteAllBytes(rests[1].Path, bytes[0]);

        await AssertChainAsync();
    }

    [Fact]
    public async Task Index_that_is_lost_is_written_by_the_models_that_are_opened()
    {
        await StoreAsync(One, Two);
        File.Delete(Index);

        await AssertChainAsync();
    }

    [Fact]
    public async Task Index_that_cannot_be_written_costs_sharing_and_no_answer()
    {
        Directory.CreateDirectory(Index);

        var process = _store.Process();
        var one = await _store.LoadAsync(process, One);
        var two = await _store.LoadAsync(process, Two);

        await _store.AssertSameAsync(One, one);
        await _store.AssertSameAsync(Two, two);
        Assert.Equal(2, _store.Graphs.Length);
        Assert.Empty(_store.Log.Lines);
    }

    [Fact]
    public async Task Fine_tune_that_another_process_stored_shares_its_trunk()
    {
        await _store.LoadAsync(_store.Process(), One);
        var process = _store.Process();
        var one = await _store.LoadAsync(process, One, artifact: false);

        var two = await _store.LoadAsync(process, Two);
        await _store.AssertSameAsync(Two, two);
        await _store.AssertSameAsync(One, one);

        Assert.Equal(2, Assert.Single(process.Trunks).Heads);
    }

    [Fact]
    public async Task Parts_leave_a_store_that_is_too_large_and_parts_in_use_stay()
    {
        await StoreAsync(One, Two);
        var inUse = await _store.LoadAsync(_store.Process(), One, artifact: false);
        var before = _store.Bytes;
        _store.Time.Advance(TimeSpan.FromMinutes(1));

        await _store.LoadAsync(_store.Process(capBytes: before), Networks.FineTune(2, 1, 1));

        Assert.Single(Parts("trunk"));
        Assert.Single(Parts("rest after"));
        await _store.AssertSameAsync(One, inUse);
        Assert.NotNull(inUse.Trunk);
    }

    /// <summary>Both models share a trunk in the next process.</summary>
    private async Task AssertChainAsync()
    {
        var process = _store.Process();
        var one = await _store.LoadAsync(process, One, artifact: false);
        var two = await _store.LoadAsync(process, Two, artifact: false);
        await _store.AssertSameAsync(One, one);
        await _store.AssertSameAsync(Two, two);

        Assert.Equal(2, Assert.Single(process.Trunks).Heads);
        Assert.Equal(one.Trunk, two.Trunk);
        Assert.Empty(_store.Log.Lines);
    }

    private async Task StoreAsync(params byte[][] models)
    {
        using var process = _store.Process();
        var backends = await Task.WhenAll(models.Select(onnx => _store.LoadAsync(process, onnx)));
        foreach (var backend in backends)
        {
            await _store.ScoreAsync(backend);
            Assert.NotNull(backend.Trunk);
        }

        foreach (var backend in backends)
        {
            backend.Dispose();
        }
    }

    private IReadOnlyList<(string Path, StoredModel Model)> Parts(string madeFor) =>
        [.. _store.Graphs.Select(path => (path, StoredModelFile.Read(path)!))
            .Where(part => part.Item2.MadeFor.StartsWith(madeFor, StringComparison.Ordinal))];

    private void ChangeTrunk(Action<StoredModel> change)
    {
        var (path, trunk) = Assert.Single(Parts("trunk"));
        change(trunk);
        StoredModelFile.Write(path, path + ".new", trunk);
    }
}
