using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>Heap memory that a run takes until it ends, in bytes, without its input tensor.</summary>
internal readonly record struct RunMemory(long FirstImage, long FurtherImage)
{
    private const long Page = 64 << 10;
    private const long Lag = 256 << 10;
    private const long Least = 1 << 20;

    /// <summary>
    /// Rounds up measured values, because each processor counts up to 32 pages before it adds them to the total.
    /// </summary>
    public static RunMemory Measured(long first, long further) =>
        new(RoundUp(first + Lag), RoundUp(Math.Max(0, further) + Lag));

    /// <summary>
    /// Estimates the memory of runs that can't be measured: two large activations of a convolutional network whose
    /// first layer turns 3 channels into 64, as in VGG16. Most networks take less.
    /// </summary>
    public static RunMemory Estimate(InputSpec input)
    {
        var bytes = 64L * sizeof(float) * input.Width * input.Height * input.ChannelCount;
        return new RunMemory(RoundUp(bytes + Least), RoundUp(bytes));
    }

    /// <summary>Limits an estimate, because an estimate isn't a reason to refuse a model.</summary>
    public RunMemory AtMost(long bytes) => new(Math.Min(FirstImage, bytes), Math.Min(FurtherImage, bytes));

    public long Of(int images) => images == 0 ? 0 : FirstImage + ((images - 1) * FurtherImage);

    private static long RoundUp(long bytes) => (bytes + Page - 1) / Page * Page;
}
