using System.Globalization;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>Times in messages.</summary>
internal static class Seconds
{
    /// <summary>The time in seconds, as in <c>0.25 s</c>.</summary>
    public static string Of(TimeSpan time) =>
        $"{time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s";
}
