using System.Buffers;
using System.Runtime.InteropServices;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Onnx.Sessions;
using ServerlessMme.Onnx.Store;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Tests.Store;

namespace ServerlessMme.Onnx.Tests.Trunks;

public sealed class SharedTrunkTests : IDisposable
{
    private const int Rows = 4;
    private readonly StoreFixture _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Trunk_runs_once_for_all_models_of_a_micro_batch()
    {
        var (one, two) = await LoadAsync();
        using var tensors = Tensors(seed: 1);
        var expected = await two.ScoreAsync(Batch(tensors), CancellationToken.None);
        await using var shared = new SharedRuns(long.MaxValue);
        await one.ScoreAsync(Batch(tensors, shared), CancellationToken.None);
        // Had the trunk to run again, it would see other images.
        Fill(tensors, seed: 2);

        var scores = await two.ScoreAsync(Batch(tensors, shared), CancellationToken.None);

        Assert.Equal(Values(expected), Values(scores));
    }

    [Fact]
    public async Task Models_that_run_at_the_same_time_score_as_they_do_alone()
    {
        var (one, two) = await LoadAsync();
        using var tensors = Tensors(seed: 1);
        var expected = new[]
        {
            await one.ScoreAsync(Batch(tensors), CancellationToken.None),
            await two.ScoreAsync(Batch(tensors), CancellationToken.None),
        };

        for (var i = 0; i < 20; i++)
        {
            await using var shared = new SharedRuns(long.MaxValue);
            var scores = await Task.WhenAll(new[] { one, two }.Select(backend =>
                Task.Run(() => backend.ScoreAsync(Batch(tensors, shared), CancellationToken.None).AsTask())));

            Assert.Equal(expected.Select(Values), scores.Select(Values));
        }
    }

    [Fact]
    public async Task Other_tensors_are_another_run()
    {
        var (one, two) = await LoadAsync();
        using var tensors = Tensors(seed: 1);
        using var others = Tensors(seed: 2);
        var expected = await two.ScoreAsync(Batch(others), CancellationToken.None);
        await using var shared = new SharedRuns(long.MaxValue);
        await one.ScoreAsync(Batch(tensors, shared), CancellationToken.None);

        var scores = await two.ScoreAsync(Batch(others, shared), CancellationToken.None);

        Assert.Equal(Values(expected), Values(scores));
    }

    [Fact]
    public async Task Trunk_that_times_out_is_tried_with_two_images_and_fails_for_every_model()
    {
        var (one, two) = await LoadAsync();
        using var tensors = Tensors(seed: 1);
        await using var shared = new SharedRuns(long.MaxValue);
        await FailAsync(shared, tensors, 0, Rows, new RunTimeoutException(TimeSpan.FromSeconds(30)));
        await FailAsync(shared, tensors, 0, 1, new RunTimeoutException(TimeSpan.FromSeconds(30)));
        await FailAsync(shared, tensors, 1, 1, new RunTimeoutException(TimeSpan.FromSeconds(30)));

        foreach (var backend in new[] { one, two })
        {
            var outcomes = await backend.ScoreAsync(Batch(tensors, shared), CancellationToken.None);

            Assert.All(outcomes, outcome => Assert.Equal(ErrorCode.InferenceFailed, outcome.Refusal?.Code));
            Assert.Contains("was not run for image", outcomes[^1].Refusal?.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Caller_that_is_cancelled_while_it_runs_the_trunk_cancels_nobody_else()
    {
        var (one, _) = await LoadAsync();
        using var tensors = Tensors(seed: 1);
        var expected = await one.ScoreAsync(Batch(tensors), CancellationToken.None);
        await using var shared = new SharedRuns(long.MaxValue);
        await FailAsync(shared, tensors, 0, Rows, new OperationCanceledException());

        var scores = await one.ScoreAsync(Batch(tensors, shared), CancellationToken.None);

        Assert.Equal(Values(expected), Values(scores));
    }

    [Fact]
    public async Task Without_room_every_model_computes_its_trunk_itself()
    {
        var (one, two) = await LoadAsync();
        using var tensors = Tensors(seed: 1);
        var expected = await two.ScoreAsync(Batch(tensors), CancellationToken.None);
        await using var shared = new SharedRuns(roomBytes: 1);

        await one.ScoreAsync(Batch(tensors, shared), CancellationToken.None);
        var scores = await two.ScoreAsync(Batch(tensors, shared), CancellationToken.None);

        Assert.Equal(Values(expected), Values(scores));
    }

    /// <summary>Two fine-tunes that share a trunk.</summary>
    private async Task<(IBackend One, IBackend Two)> LoadAsync()
    {
        var process = _store.Process();
        var one = await _store.LoadAsync(process, Networks.FineTune(1, 1, 1));
        var two = await _store.LoadAsync(process, Networks.FineTune(1, 1, 2));
        await _store.ScoreAsync(one);
        await _store.ScoreAsync(two);
        Assert.NotNull(one.Trunk);
        Assert.Equal(one.Trunk, two.Trunk);
        return (one, two);
    }

    private async Task FailAsync(SharedRuns shared, TensorBatch tensors, int first, int rows, Exception exception)
    {
        var trunk = _store.Graphs.Select(path => StoredModelFile.Read(path)!)
            .SelectMany(model => model.Cuts)
            .Select(cut => Convert.ToHexStringLower(cut.Hash.Span));
        foreach (var hash in trunk.Distinct())
        {
            await Assert.ThrowsAnyAsync<Exception>(() =>
                shared.GetAsync<Boundary>((hash, tensors, first, rows), () => throw exception, _ => 0).AsTask());
        }
    }

    private TensorBatch Tensors(int seed)
    {
        var tensors = new TensorBatch(_store.Manifest.Input, Rows);
        Fill(tensors, seed);
        return tensors;
    }

    private static void Fill(TensorBatch tensors, int seed)
    {
        for (var i = 0; i < Rows; i++)
        {
            Networks.Image((seed * Rows) + i).CopyTo(MemoryMarshal.Cast<byte, float>(tensors.Row(i)));
        }
    }

    private static ImageBatch Batch(TensorBatch tensors, SharedRuns? shared = null) => new(
        [.. Enumerable.Range(0, Rows).Select(i => new EncodedImage(
            new ImageReference("images-tiny", $"{i}.png", "1", 1), ArrayPool<byte>.Shared.Rent(1), 1))],
        tensors, shared);

    private static IEnumerable<float[]> Values(IReadOnlyList<Outcome<float[]>> outcomes) =>
        outcomes.Select(outcome => outcome.Value);
}
