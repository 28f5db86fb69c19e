using System.Buffers;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Cli.Models.Compress;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Tests.Models.Compress;

public sealed class SideBySideTests : IDisposable
{
    // The warm-up, and one run alone and one together per round.
    private const int FirstRuns = 1 + (2 * 300);

    private static readonly Refusal Problem = new(ErrorCode.InferenceFailed, "cannot be run");

    private static readonly Manifest Manifest = ManifestReader.Read(
        ModelName.Parse("flowers").Value,
        Encoding.UTF8.GetBytes("""{"labels":["dark","bright"],"input":{"width":2,"height":2}}""")).Value;

    private readonly FakeTimeProvider _time = new();
    private readonly TensorBatch _tensors = new(Manifest.Input, 3);
    private readonly List<EncodedImage> _images =
        [.. Enumerable.Range(0, 3).Select(i => new EncodedImage(
            new ImageReference(null, $"{i}.png", null, 1), ArrayPool<byte>.Shared.Rent(1), 1))];

    public void Dispose()
    {
        _tensors.Dispose();
        _images.ForEach(image => image.Dispose());
    }

    [Fact]
    public async Task Images_are_compared_alone_and_in_a_batch()
    {
        var model = new Fake((_, _) => (float[])[0.75f, 0.25f]);
        var sameAlone = new Fake((images, i) => images > 1 && i == 1 ? (float[])[0.25f, 0.75f] : [0.75f, 0.25f]);

        var compared = await Runs(model, sameAlone).CompareAsync(_images, _tensors, default);

        Assert.Equal([true, false, true], compared.Select(image => image.IsSame));
        Assert.Equal([0, 0.5f, 0], compared.Select(image => image.Difference));
    }

    [Fact]
    public async Task A_copy_that_fails_only_in_a_batch_is_found()
    {
        var model = new Fake((_, _) => (float[])[1, 0]);
        var copy = new Fake((images, i) => images > 1 && i == 2 ? Problem : (float[])[1, 0]);

        var compared = await Runs(model, copy).CompareAsync(_images, _tensors, default);

        Assert.Equal([true, true, false], compared.Select(image => image.IsAnswered));
        Assert.Equal((null, Problem), (compared[2].Refusal, compared[2].CopyRefusal));
    }

    [Fact]
    public async Task An_image_that_the_model_refuses_is_no_fault_of_the_copy()
    {
        var model = new Fake((_, i) => i == 0 ? Problem : (float[])[1, 0]);

        var compared = await Runs(model, model).CompareAsync(_images, _tensors, default);

        Assert.All(compared, image => Assert.Equal((Problem, null), (image.Refusal, image.CopyRefusal)));
    }

    [Fact]
    public async Task Times_are_per_image()
    {
        var model = new Fake((_, _) => (float[])[1, 0], images => _time.Advance(TimeSpan.FromMilliseconds(2 * images)));
        var copy = new Fake((_, _) => (float[])[1, 0], images => _time.Advance(TimeSpan.FromMilliseconds(3 * images)));

        var times = (await Runs(model, copy).MeasureAsync(_images, _tensors, default)).Value;

        Assert.Equal((new Change(2, 3), new Change(2, 3)), (times.OneImage, times.Together));
    }

    [Fact]
    public async Task Runs_that_refuse_an_image_are_not_measured()
    {
        var model = new Fake((_, _) => (float[])[1, 0]);
        var copy = new Fake((images, i) => images > 1 && i == 2 ? Problem : (float[])[1, 0]);

        Assert.Equal(Problem, (await Runs(model, copy).MeasureAsync(_images, _tensors, default)).Refusal);
    }

    [Theory]
    [InlineData(0.6, 1)]
    [InlineData(0.4, 3)]
    public async Task A_copy_that_is_too_slow_is_measured_twice_more(double maxSlowdown, int measurements)
    {
        var runs = 0;
        var model = new Fake((_, _) => (float[])[1, 0], images =>
        {
            runs++;
            _time.Advance(TimeSpan.FromMilliseconds(2 * images));
        });
        // A measurement has at least nine rounds. Only the first measurement is disturbed.
        var copy = new Fake((_, _) => (float[])[1, 0], images =>
            _time.Advance(TimeSpan.FromMilliseconds((runs < FirstRuns ? 3 : 2) * images)));

        var times = (await Runs(model, copy).MeasureAsync(_images, _tensors, maxSlowdown, default)).Value;

        Assert.Equal(measurements, times.Measurements);
        Assert.Equal(measurements == 1 ? 1.5 : 1, times.Ratio, 0.01);
    }

    private SideBySide Runs(IBackend model, IBackend copy) => new(model, copy, Manifest, _time);

    /// <summary>A backend whose answer depends on the number of images in the run, and the place among them.</summary>
    private sealed class Fake(Func<int, int, Outcome<float[]>> answer, Action<int>? work = null) : IBackend
    {
        public string Type => "onnx";

        public bool TakesTensors => true;

        public int MaxBatch => 3;

        public long PrivateBytes => 0;

        public long RunBytes(int images) => 0;

        public ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
            ImageBatch batch, CancellationToken cancellationToken)
        {
            work?.Invoke(batch.Images.Count);
            return ValueTask.FromResult<IReadOnlyList<Outcome<float[]>>>(
                [.. batch.Images.Select((_, i) => answer(batch.Images.Count, i))]);
        }

        public void Dispose()
        {
        }
    }
}
