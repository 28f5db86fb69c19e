using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>What one process with all models warm takes; memory in MiB.</summary>
internal sealed record AllWarmFigures(
    [property: JsonPropertyName("warm")] int Warm,
    [property: JsonPropertyName("evictions")] int Evictions,
    [property: JsonPropertyName("errors")] int Errors,
    [property: JsonPropertyName("first_error")] string? FirstError,
    [property: JsonPropertyName("load_seconds")] double LoadSeconds,
    [property: JsonPropertyName("budget_mib")] long BudgetMiB,
    [property: JsonPropertyName("counted_mib")] long CountedMiB,
    [property: JsonPropertyName("private_mib")] double PrivateMiB,
    [property: JsonPropertyName("resident_mib")] double ResidentMiB,
    [property: JsonPropertyName("maps")] int Maps,
    [property: JsonPropertyName("max_map_count")] int MaxMapCount,
    [property: JsonPropertyName("requests")] ZipfFigures? Requests);

/// <summary>Loads and runs every model in one process that keeps them all, and then sends it skewed demand.</summary>
internal static class AllWarm
{
    public static async Task<AllWarmFigures> RunAsync(ZipfOptions options)
    {
        using var cache = WarmCache.Create(options);
        using var evictions = new Evictions();
        var errors = 0;
        string? first = null;
        var started = Stopwatch.GetTimestamp();
        for (var model = 0; model < options.Models; model++)
        {
            try
            {
                await cache.ScoreAsync(model);
            }
            catch (Exception exception)
            {
                errors++;
                first ??= $"model {model}: {exception.Message}";
            }
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var (status, evicted) = (cache.Status, evictions.Count);
        var maps = ProcessMemory.Maps();
        var memory = (Private: ProcessMemory.PrivateMiB(), Resident: ProcessMemory.ResidentMiB());
        return new AllWarmFigures(status.Models.Count, evicted, errors, first, Math.Round(seconds, 1),
            status.BudgetBytes >> 20, status.ResidentBytes >> 20, Math.Round(memory.Private),
            Math.Round(memory.Resident), maps,
            int.Parse(File.ReadAllText("/proc/sys/vm/max_map_count"), CultureInfo.InvariantCulture),
            errors == 0 ? await cache.RunAsync() : null);
    }
}
