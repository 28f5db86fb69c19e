using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;
using static ServerlessMme.Onnx.Tests.Models.Loading;

namespace ServerlessMme.Onnx.Tests;

public sealed class OnnxBackendTests
{
    [Fact]
    public async Task Scores_come_back_in_the_order_of_the_images()
    {
        var manifest = Manifests.Of();
        using var backend = (await LoadAsync(SmallModels.ChannelMeans().ToBytes())).Value;

        var scores = await backend.ScoreAsync(manifest, Flat(1, 2, 3), Flat(4, 5, 6), Flat(7, 8, 9));

        Assert.Equal([[1f, 2, 3], [4f, 5, 6], [7f, 8, 9]], scores.Select(each => each.Value));
        Assert.Equal(("onnx", true, 16), (backend.Type, backend.TakesTensors, backend.MaxBatch));
    }

    [Fact]
    public async Task Float16_in_and_out_is_converted()
    {
        using var backend = (await LoadAsync(SmallModels.Halves().ToBytes())).Value;

        var scores = await backend.ScoreAsync(Manifests.Of(), Flat(1, 2, 3), Flat(0.5f, -4, 100));

        Assert.Equal([[1f, 2, 3], [0.5f, -4, 100]], scores.Select(each => each.Value));
    }

    [Theory]
    [InlineData(GraphBuilder.Double)]
    [InlineData(GraphBuilder.Int64)]
    [InlineData(GraphBuilder.Int32)]
    public async Task Scores_of_another_number_type_are_converted(int type)
    {
        using var backend = (await LoadAsync(SmallModels.MeansAs(type).ToBytes())).Value;

        Assert.Equal<float[]>([1f, 2, 3], await backend.SingleAsync(Manifests.Of(), Flat(1, 2, 3)));
    }

    [Fact]
    public async Task Gray_images_may_lack_a_dimension_for_channels()
    {
        var manifest = Manifests.Of(labels: 2, channels: ChannelOrder.Grey);
        using var backend = (await LoadAsync(SmallModels.RowMeans().ToBytes(), manifest)).Value;

        var scores = await backend.ScoreAsync(manifest, [1, 1, 1, 1, 2, 2, 2, 2], [3, 3, 3, 3, 4, 4, 4, 4]);

        Assert.Equal([[1f, 2], [3f, 4]], scores.Select(each => each.Value));
        Assert.Equal(16, backend.MaxBatch);
    }

    [Fact]
    public async Task Model_without_a_dimension_for_images_takes_one_at_a_time()
    {
        using var backend = (await LoadAsync(SmallModels.OneImage().ToBytes())).Value;

        Assert.Equal(1, backend.MaxBatch);
        Assert.Equal<float[]>([1f, 2, 3], await backend.SingleAsync(Manifests.Of(), Flat(1, 2, 3)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("loss")]
    [InlineData("means")]
    public async Task Scores_behind_a_zip_map_are_taken_before_it(string? output)
    {
        using var folder = new TemporaryFolder();
        var onnx = SmallModels.Zipped().ToBytes();
        var manifest = Manifests.Of(output: output);
        var options = new OnnxOptions { StorePath = Path.Combine(folder.Root, "store") };
        using var factory = new OnnxBackendFactory(options);
        // The second comes from the tensor store.
        for (var i = 0; i < 2; i++)
        {
            using var backend = (await factory.LoadAsync(folder, onnx, manifest)).Value;

            var scores = await backend.ScoreAsync(manifest, Flat(1, 2, 3), Flat(4, 5, 6));

            Assert.Equal([[1f, 2, 3], [4f, 5, 6]], scores.Select(each => each.Value));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_score_with_two_labels_is_the_probability_of_the_second(bool open)
    {
        var manifest = Manifests.Of(labels: 2);
        using var backend = (await LoadAsync(SmallModels.MeanOfAll(open).ToBytes(), manifest)).Value;

        var scores = await backend.ScoreAsync(manifest, Flat(0.25f, 0.25f, 0.25f), Flat(1, 1, 1));

        Assert.Equal([[0.75f, 0.25f], [0f, 1]], scores.Select(each => each.Value));
    }

    [Fact]
    public async Task Sigmoid_is_applied_to_the_one_score_before_the_other_is_known()
    {
        var manifest = Manifests.Of(labels: 2, activation: Activation.Sigmoid);
        using var backend = (await LoadAsync(SmallModels.MeanOfAll().ToBytes(), manifest)).Value;

        Assert.Equal<float[]>([0.5f, 0.5f], await backend.SingleAsync(manifest, Flat(0, 0, 0)));
        Assert.True((await backend.SingleAsync(manifest, Flat(4, 4, 4)))[1] > 0.98f);
    }

    [Fact]
    public async Task Channels_last_are_scored_as_they_lie()
    {
        var manifest = Manifests.Of(layout: TensorLayout.NHWC);
        using var backend = (await LoadAsync(SmallModels.ChannelMeansLast().ToBytes(), manifest)).Value;
        var row = Enumerable.Repeat(new float[] { 1, 2, 3 }, 8).SelectMany(pixel => pixel).ToArray();

        Assert.Equal<float[]>([1f, 2, 3], await backend.SingleAsync(manifest, row));
    }

    [Fact]
    public async Task Bytes_are_scored_without_becoming_floats_first()
    {
        var manifest = Manifests.Of(type: TensorType.UInt8);
        var onnx = SmallModels.ChannelMeans(type: GraphBuilder.UInt8).ToBytes();
        using var backend = (await LoadAsync(onnx, manifest)).Value;

        Assert.Equal<float[]>([255f, 128, 0], await backend.SingleAsync(manifest, Flat(255, 128, 0)));
    }

    [Fact]
    public async Task Model_with_a_first_dimension_of_1_takes_one_image_at_a_time()
    {
        using var backend = (await LoadAsync(SmallModels.ChannelMeans(batch: 1).ToBytes())).Value;

        Assert.Equal(1, backend.MaxBatch);
        Assert.Equal<float[]>([1f, 2, 3], await backend.SingleAsync(Manifests.Of(), Flat(1, 2, 3)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => backend.ScoreAsync(Manifests.Of(), Flat(1, 2, 3), Flat(4, 5, 6)));
    }

    [Fact]
    public async Task Free_first_dimension_that_is_not_free_within_is_run_image_by_image()
    {
        using var backend = (await LoadAsync(SmallModels.FalselyFree().ToBytes())).Value;

        var scores = await backend.ScoreAsync(Manifests.Of(), Flat(1, 2, 3), Flat(4, 5, 6));

        Assert.Equal([[1f, 2, 3], [4f, 5, 6]], scores.Select(each => each.Value));
    }

    [Fact]
    public async Task Image_that_the_model_cannot_be_run_on_is_refused_and_the_others_are_scored()
    {
        using var backend = (await LoadAsync(SmallModels.FailsOnBright().ToBytes())).Value;

        var scores = await backend.ScoreAsync(Manifests.Of(), Flat(1, 2, 3), Flat(9, 5, 6), Flat(2, 0, 0));

        Assert.Equal([1f, 2, 3], scores[0].Value);
        Assert.Equal(ErrorCode.InferenceFailed, scores[1].Refusal?.Code);
        Assert.Contains("'1.png'", scores[1].Refusal?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".cc:", scores[1].Refusal?.Message, StringComparison.Ordinal);
        Assert.Equal([2f, 0, 0], scores[2].Value);
    }

    [Fact]
    public async Task Score_that_is_no_number_refuses_its_image_alone()
    {
        using var backend = (await LoadAsync(SmallModels.Reciprocal().ToBytes())).Value;

        var scores = await backend.ScoreAsync(Manifests.Of(), Flat(0, 1, 1), Flat(1, 2, 4));

        Assert.Equal(ErrorCode.InferenceFailed, scores[0].Refusal?.Code);
        Assert.Contains("'0.png'", scores[0].Refusal?.Message, StringComparison.Ordinal);
        Assert.Equal([1f, 0.5f, 0.25f], scores[1].Value);
    }

    [Fact]
    public async Task Softmax_and_sigmoid_are_applied_where_the_manifest_asks()
    {
        var softmax = Manifests.Of(activation: Activation.Softmax);
        var sigmoid = Manifests.Of(activation: Activation.Sigmoid);
        var onnx = SmallModels.ChannelMeans().ToBytes();
        using var first = (await LoadAsync(onnx, softmax)).Value;
        using var second = (await LoadAsync(onnx, sigmoid)).Value;

        var shares = await first.SingleAsync(softmax, Flat(1000, 1000, 0));
        var chances = await second.SingleAsync(sigmoid, Flat(0, 1000, -1000));

        Assert.Equal([0.5f, 0.5f, 0], shares);
        Assert.Equal([0.5f, 1, 0], chances);
    }

    [Fact]
    public async Task The_manifests_temperature_is_applied()
    {
        var softmax = Manifests.Of(activation: Activation.Softmax);
        var manifest = softmax with { Output = softmax.Output with { Temperature = 2 } };
        using var backend = (await LoadAsync(SmallModels.ChannelMeans().ToBytes(), manifest)).Value;

        var scores = await backend.SingleAsync(manifest, Flat(2, 0, 0));

        // Half the logits: e, 1 and 1.
        Assert.Equal(Math.E / (Math.E + 2), scores[0], 1e-6);
    }

    [Fact]
    public async Task Nothing_is_scored_for_no_images()
    {
        using var backend = (await LoadAsync(SmallModels.ChannelMeans().ToBytes())).Value;

        Assert.Empty(await backend.ScoreAsync(Manifests.Of()));
    }

    [Fact]
    public async Task Cancelled_call_is_not_run()
    {
        using var backend = (await LoadAsync(SmallModels.ChannelMeans().ToBytes())).Value;

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => backend.ScoreAsync(Manifests.Of(), new CancellationToken(true), Flat(1, 2, 3)));
    }

    [Fact]
    public async Task Disposing_twice_is_harmless_and_a_call_afterwards_says_so()
    {
        var backend = (await LoadAsync(SmallModels.ChannelMeans().ToBytes())).Value;
        backend.Dispose();
        backend.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => backend.ScoreAsync(Manifests.Of(), Flat(1, 2, 3)));
    }

    [Fact]
    public async Task Disposing_during_runs_waits_for_the_last_of_them()
    {
        var manifest = Manifests.Of();
        var onnx = SmallModels.ChannelMeans().ToBytes();
        for (var round = 0; round < 20; round++)
        {
            var backend = (await LoadAsync(onnx)).Value;
            using var started = new Barrier(5);
            var runs = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(async () =>
            {
                started.SignalAndWait();
                try
                {
                    for (var i = 0; i < 1000; i++)
                    {
                        Assert.Equal<float[]>([1f, 2, 3], await backend.SingleAsync(manifest, Flat(1, 2, 3)));
                    }
                }
                catch (ObjectDisposedException)
                {
                }
            }, TaskCreationOptions.LongRunning).Unwrap()).ToArray();
            started.SignalAndWait();
            backend.Dispose();
            await Task.WhenAll(runs).WaitAsync(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Tensors_of_another_size_are_a_mistake_of_the_caller()
    {
        using var backend = (await LoadAsync(SmallModels.ChannelMeans().ToBytes())).Value;
        using var tensors = new TensorBatch(Manifests.Of(width: 5).Input, 1);
        using var image = new EncodedImage(new ImageReference(null, "a", null, 0), [], 0);

        await Assert.ThrowsAsync<ArgumentException>(
            async () => await backend.ScoreAsync(new ImageBatch([image], tensors), CancellationToken.None));
    }
}
