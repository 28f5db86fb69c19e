using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>What a run takes from the heap until it ends, in bytes, without its input tensor.</summary>
internal readonly record struct RunMemory(long FirstImage, long FurtherImage)
{
    private const long Page = 64 << 10;

    /// <summary>Rounds up what was measured: the system counts pages, and not every one at once.</summary>
    public static RunMemory Measured(long first, long further) =>
        new(RoundUp(first + Page), RoundUp(Math.Max(0, further) + Page));

    /// <summary>A guess for where runs can't be measured.</summary>
    public static RunMemory Estimate(InputSpec input, long fileBytes)
    {
        var bytes = 4 * Math.Max(input.ByteCount, fileBytes);
        return new RunMemory(bytes, bytes);
    }

    public long Of(int images) => images == 0 ? 0 : FirstImage + ((images - 1) * FurtherImage);

    private static long RoundUp(long bytes) => (bytes + Page - 1) / Page * Page;
}
