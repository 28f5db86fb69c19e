using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Settings of the warm cache (<c>Mme:Models</c>).</summary>
public sealed class ModelCacheOptions
{
    /// <summary>
    /// How long the last known version of a model is used before storage is checked for a newer one. Zero checks
    /// storage for every request. Default: 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RefreshAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Maximum private memory of all models together, in bytes. Default: 0, which means the memory that the other parts
    /// of the process leave (<c>Mme:Memory</c>).
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long BudgetBytes { get; set; }

    /// <summary>
    /// Memory to reserve for a model that has never been loaded, as a multiple of its file's size. Default: 2, which
    /// fits a plain ONNX file during its load.
    /// </summary>
    [Range(0.01, 100)]
    public double EstimateFactor { get; set; } = 2;

    /// <summary>
    /// Maximum number of models to load at the same time; others wait in line. Default: one per processor, at least 2,
    /// so one model that hangs doesn't keep the others waiting.
    /// </summary>
    [Range(1, 256)]
    public int ConcurrentLoads { get; set; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>
    /// How long a load waits for memory that is in use before its requests fail and return to the queue. Default: 30
    /// seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan WaitForRoom { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Maximum time for opening a model, without its download, its wait for memory and its first run. A model that
    /// takes longer is refused. Default: 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Minimum time a model stays loaded before it can be evicted. A value above zero slows loading down if more models
    /// are in demand than fit. Default: zero.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ChurnAge { get; set; } = TimeSpan.Zero;

    /// <summary>
    /// Wait before a load that failed because of storage or an endpoint is retried. Default: 5 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan FailureMemory { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Models to load at startup. For a group, its members are loaded until half the budget is full. Default: none.
    /// </summary>
    [ModelNames]
    public IReadOnlyList<string> Preload { get; set; } = [];

    /// <summary>
    /// Number of recently used models to load at startup, in addition to <see cref="Preload"/>. Only processes that
    /// take work from storage remember recent models. Default: 4.
    /// </summary>
    [Range(0, 1000)]
    public int PreloadRecent { get; set; } = 4;

    /// <summary>Models that are never evicted once loaded, by their own names, not aliases. Default: none.</summary>
    [ModelNames]
    public IReadOnlyList<string> Pin { get; set; } = [];

    /// <summary>
    /// Maximum number of models with their own metrics, in the order of first use; the others share the tag
    /// <c>other</c>. Default: 100.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxModelTags { get; set; } = 100;
}

/// <summary>
/// Requires every string of a list to be a model name. This is an attribute because <see cref="IValidatableObject"/>
/// runs only if every attribute passes, and all problems should be reported together.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ModelNamesAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var problems = (value as IEnumerable<string> ?? []).Select(text => ModelName.Parse(text).Refusal?.Message)
            .OfType<string>().ToArray();
        return problems.Length == 0
            ? ValidationResult.Success
            : new ValidationResult(
                $"{validationContext.DisplayName}: {string.Join(" ", problems)}", [validationContext.MemberName!]);
    }
}
