using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Tests.Support;

namespace ServerlessMme.Imaging.Tests;

public sealed class DecodingMemoryTests : IDisposable
{
    private const int MiB = 1 << 20;

    private static readonly InputSpec s_input = Given.Input(8, 8);

    // 6 MiB for large needs; up to 128 KiB is small.
    private readonly MemoryGate _gate = new(8 * MiB);
    private readonly TensorBatch _tensors = new(s_input, 2);

    public void Dispose() => _tensors.Dispose();

    [Fact]
    public async Task An_image_that_need_not_wait_is_decoded_at_once()
    {
        foreach (var file in new[] { "420-q90.jpg", "rgb.png", "rgb-interlaced.png", "lossy.webp", "cmyk-q75.jpg" })
        {
            var filling = FillAsync(Vectors.File(file), row: 1);
            Assert.True(filling.IsCompleted, file);
            Assert.Null(await filling);
            Assert.Equal(Given.Tensor(Vectors.File(file), s_input), _tensors.Row(1).ToArray());
            Assert.Equal(0, _gate.UsedBytes);
        }
    }

    [Fact]
    public async Task An_image_waits_until_there_is_memory_for_it()
    {
        var held = await _gate.AcquireAsync(_gate.LargestBytes, default);
        var filling = FillAsync(Bmp(1000));
        Assert.False(filling.IsCompleted);
        Assert.InRange(_gate.QueuedBytes, 4_000_000, 5_000_000);

        held.Dispose();

        Assert.Null(await filling);
        Assert.Equal((0, 0), (_gate.UsedBytes, _gate.QueuedBytes));
    }

    [Fact]
    public async Task Images_wait_in_the_order_they_came()
    {
        var (most, rest) = (await _gate.AcquireAsync(4 * MiB, default), await _gate.AcquireAsync(2 * MiB, default));
        var first = FillAsync(Bmp(1000));
        var second = FillAsync(Bmp(500), row: 1);

        rest.Dispose();

        // There is room for the second, and the first is before it.
        Assert.False(first.IsCompleted || second.IsCompleted);
        most.Dispose();
        Assert.Null(await first);
        Assert.Null(await second);
    }

    [Fact]
    public async Task A_small_image_passes_large_ones()
    {
        using var held = await _gate.AcquireAsync(_gate.LargestBytes, default);
        using var stop = new CancellationTokenSource();
        var large = FillAsync(Bmp(1000), row: 1, cancellationToken: stop.Token);

        Assert.Null(await FillAsync(Vectors.File("420-q90.jpg")));

        Assert.False(large.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
    }

    [Fact]
    public async Task A_wait_that_is_canceled_leaves_nothing_behind()
    {
        var held = await _gate.AcquireAsync(_gate.LargestBytes, default);
        using var stop = new CancellationTokenSource();
        var filling = FillAsync(Bmp(1000), cancellationToken: stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => filling);
        Assert.Equal(0, _gate.QueuedBytes);
        held.Dispose();
        Assert.Equal(0, _gate.UsedBytes);
        Assert.Null(await FillAsync(Bmp(1000)));
    }

    [Theory]
    [InlineData("420-q90.jpg")]
    [InlineData("rgb.png")]
    [InlineData("rgb-interlaced.png")]
    [InlineData("lossless.webp")]
    [InlineData("rgb.bmp")]
    public async Task A_refused_image_gives_its_memory_back(string file)
    {
        var cut = Vectors.File(file)[..^60];

        Assert.Equal(ErrorCode.TruncatedImage, (await FillAsync(cut))?.Code);

        Assert.Equal(0, _gate.UsedBytes);
    }

    // Two of the attempts need most of the memory each, so two leases at once would wait for each other.
    [Fact]
    public async Task An_attempt_gives_its_memory_back_before_the_next_one_waits()
    {
        var png = PngWriter.Png(
            PngWriter.Header(1100, 1100, 8, 0), PngWriter.Chunk("IDAT"u8, PngWriter.Deflated(new byte[1100 * 1101])));
        png[^17] ^= 1;
        var filling = FillAsync(png);

        Assert.True(filling.IsCompleted);
        Assert.Equal(Given.Refusal(png)?.Message, (await filling)?.Message);
        Assert.Equal(0, _gate.UsedBytes);
    }

    [Fact]
    public async Task An_image_that_needs_more_than_one_may_have_is_refused()
    {
        var refusal = await FillAsync(Bmp(1300), name: "wall.bmp");

        Assert.Equal(ErrorCode.TooManyPixels, refusal?.Code);
        Assert.StartsWith(
            "Image 'wall.bmp' with 1,300 × 1,300 pixels takes 7,", refusal!.Message, StringComparison.Ordinal);
        Assert.Matches(
            " bytes to decode; at most 6,291,456 are allowed. Scale it down, or set Mme:Memory:DecodingBytes to "
            + "(9|10)[0-9]{6} or more.$",
            refusal.Message);
        Assert.Equal(0, _gate.UsedBytes);
    }

    [Fact]
    public async Task A_lenient_copy_counts()
    {
        // 997 pixels of 3 bytes need a byte that fills up their row. The last one is missing.
        var bmp = Bmp(997);
        Assert.Null(await FillAsync(bmp));

        var refusal = await FillAsync(bmp[..^1]);

        Assert.Equal(ErrorCode.TooManyPixels, refusal?.Code);
        Assert.Contains("997 × 997 pixels takes 7,", refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(0, _gate.UsedBytes);
    }

    [Fact]
    public async Task Without_a_limit_every_image_is_decoded()
    {
        using var image = Given.Image(Bmp(1300));
        Assert.Null(await new ImagePreprocessor(new ImagingOptions()).FillAsync(image, s_input, _tensors, 0, default));
    }

    private static byte[] Bmp(int side) => Given.Bmp(side, side, new byte[side * side * 3]);

    private async Task<Refusal?> FillAsync(
        byte[] bytes, int row = 0, string name = "a.jpg", CancellationToken cancellationToken = default)
    {
        using var image = Given.Image(bytes, name);
        return await new ImagePreprocessor(new ImagingOptions(), _gate)
            .FillAsync(image, s_input, _tensors, row, cancellationToken);
    }
}
