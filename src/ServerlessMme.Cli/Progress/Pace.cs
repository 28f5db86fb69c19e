using System.Globalization;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Progress;

/// <summary>Counts steps, and estimates how long the rest takes. Thread-safe.</summary>
/// <param name="noun">The noun for a step, in the singular.</param>
/// <param name="total">Null if unknown.</param>
internal sealed class Pace(string noun, long? total, TimeProvider time)
{
    private const double Slowest = 0.01;

    private readonly long _started = time.GetTimestamp();
    private long _done;

    public void Advance() => Interlocked.Increment(ref _done);

    /// <summary>Returns a text such as <c>120 of 1,000 images, 24.0/s, 0:00:37 left</c>.</summary>
    public override string ToString()
    {
        var done = Interlocked.Read(ref _done);
        var count = total is { } all
            ? $"{Counted.Number(done)} of {Counted.Of(all, noun)}"
            : Counted.Of(done, noun);
        return count + Rate(done, total, time.GetElapsedTime(_started));
    }

    /// <summary>Returns the rate and the time left, as a suffix for a count. Empty before the first step.</summary>
    /// <param name="done">Number of steps in <paramref name="elapsed"/>.</param>
    /// <param name="total">Number of steps in all, since the same time; null if unknown.</param>
    public static string Rate(long done, long? total, TimeSpan elapsed)
    {
        var perSecond = done / elapsed.TotalSeconds;
        if (!double.IsFinite(perSecond) || perSecond < Slowest)
        {
            return "";
        }

        var left = total is { } all && all >= done
            ? $", {TimeSpan.FromSeconds(Math.Ceiling((all - done) / perSecond)):g} left"
            : "";
        return string.Create(CultureInfo.InvariantCulture, $", {perSecond:0.0}/s{left}");
    }
}
