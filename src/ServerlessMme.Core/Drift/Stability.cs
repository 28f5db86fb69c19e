using System.Text.Json.Serialization;

namespace ServerlessMme.Core.Drift;

/// <summary>The population stability index (PSI), which measures how far apart two distributions are.</summary>
internal static class Stability
{
    /// <summary>The index at which a distribution counts as changed.</summary>
    public const double Moderate = 0.1;

    private const double Major = 0.25;

    // Added to each count, so an empty category doesn't make the index infinite.
    private const double Smoothing = 0.5;

    /// <summary>Computes the index, which is 0 for equal distributions.</summary>
    public static double Index(IReadOnlyList<PairCount> counts)
    {
        var all = counts.Count * Smoothing;
        var reference = counts.Sum(count => (double)count.Reference) + all;
        var recent = counts.Sum(count => (double)count.Recent) + all;
        var index = 0.0;
        foreach (var count in counts)
        {
            var before = (count.Reference + Smoothing) / reference;
            var now = (count.Recent + Smoothing) / recent;
            index += (now - before) * Math.Log(now / before);
        }

        return index;
    }

    public static StabilityBand Band(double index) =>
        index < Moderate ? StabilityBand.Stable : index <= Major ? StabilityBand.Moderate : StabilityBand.Major;
}

/// <summary>The usual bands of the index.</summary>
public enum StabilityBand
{
    /// <summary>Below 0.1.</summary>
    [JsonStringEnumMemberName("stable")]
    Stable,

    /// <summary>From 0.1 to 0.25.</summary>
    [JsonStringEnumMemberName("moderate")]
    Moderate,

    /// <summary>Above 0.25.</summary>
    [JsonStringEnumMemberName("major")]
    Major,
}
