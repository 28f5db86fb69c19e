using System.Text.Json.Serialization;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>What one side measured; times in milliseconds, memory in MiB, sampled twenty times over the run.</summary>
internal sealed record ZipfFigures(
    [property: JsonPropertyName("hit_ratio")] double HitRatio,
    [property: JsonPropertyName("hit_p50_ms")] double HitP50,
    [property: JsonPropertyName("hit_p99_ms")] double HitP99,
    [property: JsonPropertyName("miss_p50_ms")] double MissP50,
    [property: JsonPropertyName("miss_p99_ms")] double MissP99,
    [property: JsonPropertyName("p99_ms")] double P99,
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("evictions")] int Evictions,
    [property: JsonPropertyName("warm_at_end")] int Warm,
    [property: JsonPropertyName("private_mib")] IReadOnlyList<int> Private,
    [property: JsonPropertyName("resident_mib")] IReadOnlyList<int> Resident);

/// <summary>Gathers one side's figures.</summary>
internal sealed class ZipfRecord(int requests)
{
    private const int Samples = 20;
    private readonly List<double> _hits = [];
    private readonly List<double> _misses = [];
    private readonly List<int> _private = [];
    private readonly List<int> _resident = [];

    public void Add(bool hit, double milliseconds)
    {
        (hit ? _hits : _misses).Add(milliseconds);
        if ((_hits.Count + _misses.Count) % Math.Max(1, requests / Samples) != 0)
        {
            return;
        }

        _private.Add((int)ProcessMemory.PrivateMiB());
        _resident.Add((int)ProcessMemory.ResidentMiB());
    }

    public ZipfFigures ToFigures(int evictions, int warm) => new(
        Math.Round((double)_hits.Count / (_hits.Count + _misses.Count), 4), Percentile(_hits, 50),
        Percentile(_hits, 99), Percentile(_misses, 50), Percentile(_misses, 99),
        Percentile([.. _hits, .. _misses], 99), Math.Round((_hits.Sum() + _misses.Sum()) / 1000, 2), evictions, warm,
        _private, _resident);

    private static double Percentile(List<double> values, int percent) => Math.Round(
        Figures.Percentile(values, percent), 3);
}
