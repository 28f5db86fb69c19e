using System.Text.Json.Serialization;

namespace ServerlessMme.Benchmarks.Fleet;

/// <summary>What one process measured; memory in MiB, times in milliseconds.</summary>
internal sealed record FleetFigures(
    [property: JsonPropertyName("models")] int Models,
    [property: JsonPropertyName("load_p50_ms")] double LoadMs,
    [property: JsonPropertyName("load_p99_ms")] double LoadP99Ms,
    [property: JsonPropertyName("first_run_ms")] double FirstRunMs,
    [property: JsonPropertyName("private_mib_per_model")] double PrivateMiBPerModel,
    [property: JsonPropertyName("private_mib")] double PrivateMiB,
    [property: JsonPropertyName("resident_mib")] double ResidentMiB,
    [property: JsonPropertyName("maps")] int Maps,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("handles")] int Handles,
    [property: JsonPropertyName("residual_mib")] double ResidualMiB,
    [property: JsonPropertyName("reported_mib_per_model")] double ReportedMiBPerModel,
    [property: JsonPropertyName("used_much_private_mib_per_model")] double UsedMuchMiBPerModel,
    [property: JsonPropertyName("used_much_maps")] int UsedMuchMaps);

/// <summary>Median of a model's first use: inspected, optimized, stored and opened.</summary>
internal sealed record AddFigures([property: JsonPropertyName("first_use_ms")] double FirstUseMs);

/// <summary>Medians of warm runs on one image, by turns in one process.</summary>
internal sealed record RunFigures(
    [property: JsonPropertyName("store_run_ms")] double StoreMs,
    [property: JsonPropertyName("naive_run_ms")] double NaiveMs,
    [property: JsonPropertyName("naive_run_all_cores_ms")] double AllCoresMs);
