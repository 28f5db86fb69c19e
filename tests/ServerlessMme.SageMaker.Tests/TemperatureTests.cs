using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.SageMaker.Tests.Support;

namespace ServerlessMme.SageMaker.Tests;

/// <summary>The manifest's <c>output.temperature</c> applies to remote scores as it does to those of ONNX.</summary>
public sealed class TemperatureTests
{
    [Fact]
    public async Task Remote_probabilities_are_tempered()
    {
        var scores = (await ScoreAsync("""{"predictions":[[0.04,0.64,0.32]]}""")).Value;

        // The square roots of the probabilities, over their sum.
        double[] roots = [0.2, 0.8, Math.Sqrt(0.32)];
        Assert.All(scores.Zip(roots), pair => Assert.Equal(pair.Second / roots.Sum(), pair.First, 1e-6));
    }

    [Fact]
    public async Task Remote_scores_that_are_no_probabilities_are_refused()
    {
        var refusal = (await ScoreAsync("""{"predictions":[[-1.5,3,0.5]]}""")).Refusal;

        Assert.Equal(ErrorCode.EndpointAnswerInvalid, refusal!.Code);
        Assert.Contains("output.temperature", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<Outcome<float[]>> ScoreAsync(string predictions)
    {
        await using var server = new FaultServer((_, _) => FaultAnswer.Of(200, predictions));
        using var factory = Remote.Factory(Remote.Quick(server.Url));
        var manifest = Remote.Manifest() with { Output = new OutputSpec(null, Activation.None, Temperature: 2) };
        using var backend = await factory.CreateAsync(manifest);
        return Assert.Single(await backend.ScoreAsync(manifest, 1, TestContext.Current.CancellationToken));
    }
}
