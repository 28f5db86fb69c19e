using System.Buffers;
using System.Text;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Tests.Models.Import;

/// <summary>The images here are one byte long, and each byte has its scores.</summary>
public sealed class ProofTests : IImagePreprocessor, IBackend
{
    private static readonly CancellationToken None = CancellationToken.None;

    private static readonly InputSpec Input = ManifestReader.Read(
        ModelName.Parse("m").Value,
        Encoding.UTF8.GetBytes("""{"labels":["a","b"],"input":{"width":1,"height":1}}""")).Value.Input;

    private readonly Dictionary<byte, float[]?> _scores = [];

    public string Type => "onnx";

    public bool TakesTensors => true;

    public int MaxBatch => 1;

    public long PrivateBytes => 0;

    [Fact]
    public async Task Two_labels_in_the_wrong_order_are_counted_the_other_way_round()
    {
        ProofImage[] images = [Image([0.1f, 0.9f], 0), Image([0.2f, 0.8f], 0), Image([0.7f, 0.3f], 1)];

        var kept = await new Proof(this).RunAsync(this, Input, images, mayReverse: false, None);
        var reversed = await new Proof(this).RunAsync(this, Input, images, mayReverse: true, None);

        Assert.Equal((0, false), (kept.Right, kept.IsReversed));
        Assert.Equal((3, true), (reversed.Right, reversed.IsReversed));
    }

    [Fact]
    public async Task Three_labels_in_the_wrong_order_name_the_order_that_fits()
    {
        var images = Enumerable.Range(0, 4).SelectMany(_ => new[]
        {
            Image([0.1f, 0.8f, 0.1f], 0), Image([0.2f, 0.1f, 0.7f], 1), Image([0.6f, 0.3f, 0.1f], 2),
        }).ToList();

        var trial = await new Proof(this).RunAsync(this, Input, images, mayReverse: false, None);

        Assert.Equal(0, trial.Right);
        Assert.Equal([2, 0, 1], trial.Order!.Labels);
        Assert.Equal(12, trial.Order.Right);
    }

    [Fact]
    public async Task An_image_without_scores_counts_as_wrong()
    {
        ProofImage[] images = [Image([0.9f, 0.1f], 0), Image(null, 0), Image(null, 1)];

        var trial = await new Proof(this).RunAsync(this, Input, images, mayReverse: false, None);

        Assert.Equal((3, 1), (trial.Images, trial.Right));
        Assert.True(trial.Evidence < -5);
    }

    [Fact]
    public async Task Images_that_nothing_scores_have_a_problem()
    {
        var trial = await new Proof(this).RunAsync(this, Input, [Image(null, 0)], mayReverse: true, None);

        Assert.Equal("no image can be scored", trial.Problem);
    }

    [Theory]
    [InlineData(new[] { 0.25f, 0.75f }, OutputTask.Single)]
    [InlineData(new[] { 0.9f, 0.8f }, OutputTask.Multi)]
    [InlineData(new[] { 1.5f, -0.5f }, null)]
    public async Task Outputs_are_probabilities_or_not(float[] scores, OutputTask? expected)
    {
        ProofImage[] images = [Image(scores, null), Image(scores, null), Image(scores, null), Image(null, null)];

        Assert.Equal(expected, await new Proof(this).FindProbabilitiesAsync(this, [Input], images, None));
    }

    public long RunBytes(int images) => 0;

    public ValueTask<Refusal?> FillAsync(
        EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken)
    {
        tensors.Row(row).Clear();
        return new((Refusal?)null);
    }

    public ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
        ImageBatch batch, CancellationToken cancellationToken) => new([
            _scores[batch.Images[0].Bytes.Span[0]] is { } scores
                ? scores
                : new Refusal(ErrorCode.InferenceFailed, "The scores are not numbers."),
        ]);

    public void Dispose()
    {
    }

    private ProofImage Image(float[]? scores, int? truth)
    {
        var id = (byte)_scores.Count;
        _scores[id] = scores;
        var rented = ArrayPool<byte>.Shared.Rent(1);
        rented[0] = id;
        return new ProofImage(new EncodedImage(new ImageReference(null, $"{id}", null, 1), rented, 1), truth);
    }
}
