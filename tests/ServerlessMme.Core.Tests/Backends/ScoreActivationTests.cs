using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Tests.Backends;

public sealed class ScoreActivationTests
{
    private static readonly float[] Logits = [1.5f, -2f, 0.25f, 7f];

    [Theory]
    [InlineData(0.25)]
    [InlineData(1)]
    [InlineData(3)]
    public void Softmax_divides_the_logits_by_the_temperature(double temperature)
    {
        var scores = Scores(Activation.Softmax, temperature, Logits);

        var powers = Logits.Select(logit => Math.Exp(logit / temperature)).ToArray();
        Assert.All(scores.Zip(powers), pair => Assert.Equal(pair.Second / powers.Sum(), pair.First, 1e-6));
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(3)]
    public void A_model_that_ends_in_softmax_gets_the_scores_that_its_logits_would_have_given(double temperature)
    {
        var probabilities = Scores(Activation.Softmax, 1, Logits);

        var scores = Scores(Activation.None, temperature, probabilities);

        Assert.All(
            scores.Zip(Scores(Activation.Softmax, temperature, Logits)),
            pair => Assert.Equal(pair.Second, pair.First, 1e-6));
    }

    [Fact]
    public void Without_a_temperature_the_output_is_the_score_bit_for_bit() =>
        Assert.Equal([0.1f, 2f, -3f, 0f], Scores(Activation.None, 1, [0.1f, 2f, -3f, 0f]));

    [Fact]
    public void A_single_probability_of_two_labels_is_tempered_together_with_the_other()
    {
        var scores = Scores(Activation.None, 2, [0.9f], labels: 2);

        // The square roots of 0.1 and 0.9 are as 1 to 3.
        Assert.Equal(0.25, scores[0], 1e-6);
        Assert.Equal(0.75, scores[1], 1e-6);
    }

    [Fact]
    public void Scores_of_0_stay_0_and_extreme_temperatures_overflow_nowhere()
    {
        Assert.Equal([0f, 1f, 0f], Scores(Activation.None, 5, [0f, 1f, 0f]));
        Assert.Equal([0f, 1f, 0f], Scores(Activation.None, 1e-300, [0.2f, 0.5f, 0.3f]));
        Assert.Equal([0f, 0f, 0f, 1f], Scores(Activation.Softmax, 1e-300, Logits));
        Assert.Equal([0.25f, 0.25f, 0.25f, 0.25f], Scores(Activation.Softmax, 1e300, Logits));
    }

    [Fact]
    public void Logits_without_activation_have_no_temperature() =>
        Assert.All(Scores(Activation.None, 2, Logits), score => Assert.Equal(float.NaN, score));

    private static float[] Scores(Activation activation, double temperature, float[] output, int? labels = null)
    {
        var input = new InputSpec(
            null, 1, 1, TensorLayout.NCHW, ChannelOrder.RGB, TensorType.Float32, new ResizeSpec(default, default), 1,
            [0, 0, 0], [1, 1, 1]);
        var manifest = new Manifest(
            [.. Enumerable.Range(0, labels ?? output.Length).Select(i => $"label {i}")],
            input,
            new OutputSpec(null, activation, Temperature: temperature),
            1,
            new BackendSpec("onnx", new Dictionary<string, string>()));
        return ScoreActivation.ToScores(manifest, output.ToArray());
    }
}
