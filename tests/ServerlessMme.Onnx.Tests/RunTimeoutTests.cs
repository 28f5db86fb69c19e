using ServerlessMme.Core.Failures;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests;

public sealed class RunTimeoutTests
{
    private const int Timeout = 60_000;
    private static readonly OnnxOptions Options = new() { RunTimeout = TimeSpan.FromMilliseconds(500) };
    private static readonly float[] Dark = Loading.Flat(1, 1, 1);
    private static readonly float[] Bright = Loading.Flat(5, 5, 5);

    [Fact(Timeout = Timeout)]
    public async Task Image_that_keeps_the_model_busy_forever_is_refused()
    {
        using var backend = (await Loading.LoadAsync(HostileModels.EndlessOnBright(), options: Options)).Value;

        var outcome = Assert.Single(await backend.ScoreAsync(Manifests.Of(), Bright));

        Assert.Equal(ErrorCode.InferenceFailed, outcome.Refusal?.Code);
        Assert.Equal("Model 'tiny' did not return scores for image '0.png' within 0.5 s. Publish a faster model, or "
            + "raise Mme:Onnx:RunTimeout.", outcome.Refusal?.Message);
        var scores = await backend.SingleAsync(Manifests.Of(), Dark);
        Assert.Equal([1, 1, 1], scores);
    }

    [Fact(Timeout = Timeout)]
    public async Task Other_images_of_the_batch_are_answered()
    {
        using var backend = (await Loading.LoadAsync(HostileModels.EndlessOnBright(), options: Options)).Value;

        var outcomes = await backend.ScoreAsync(Manifests.Of(), Dark, Bright, Dark);

        Assert.Equal([1, 1, 1], outcomes[0].Value);
        Assert.Equal(ErrorCode.InferenceFailed, outcomes[1].Refusal?.Code);
        Assert.Equal([1, 1, 1], outcomes[2].Value);
    }

    [Fact(Timeout = Timeout)]
    public async Task Images_after_one_that_times_out_have_the_whole_time()
    {
        using var backend = (await Loading.LoadAsync(HostileModels.EndlessOnBright(), options: Options)).Value;

        var outcomes = await backend.ScoreAsync(Manifests.Of(), [Bright, .. Enumerable.Repeat(Dark, 15)]);

        Assert.Equal(ErrorCode.InferenceFailed, outcomes[0].Refusal?.Code);
        Assert.All(outcomes.Skip(1), outcome => Assert.Equal([1, 1, 1], outcome.Value));
    }

    [Fact(Timeout = Timeout)]
    public async Task Batch_takes_three_timeouts_at_most()
    {
        using var backend = (await Loading.LoadAsync(HostileModels.EndlessOnBright(), options: Options)).Value;
        var started = TimeProvider.System.GetTimestamp();

        var outcomes = await backend.ScoreAsync(
            Manifests.Of(), [.. Enumerable.Repeat(Bright, Options.MaxBatch)]);

        Assert.All(outcomes, outcome => Assert.Equal(ErrorCode.InferenceFailed, outcome.Refusal?.Code));
        // Ten more for a machine that is busy with other tests; one by one they would take sixteen.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), Options.RunTimeout, 13 * Options.RunTimeout);
    }

    [Fact(Timeout = Timeout)]
    public async Task Model_that_never_ends_its_first_run_is_refused_without_a_child_process_as_well()
    {
        using var folder = new Testing.Files.TemporaryFolder();
        using var factory = new OnnxBackendFactory(
            new OnnxOptions { RunTimeout = Options.RunTimeout, StorePath = folder.PathOf("store") });

        var outcome = await factory.LoadAsync(folder, HostileModels.Endless());

        Assert.Equal("model.onnx of model 'tiny' did not score a test image within 0.5 s. Publish a faster model, "
            + "or raise Mme:Onnx:RunTimeout.", outcome.Refusal?.Message);
    }
}
