using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>Settings of the warm cache (<c>Mme:Models</c>).</summary>
public sealed class ModelCacheOptions
{
    /// <summary>
    /// How long the version found last is taken to be the newest before storage is asked again; zero asks for every
    /// request. Default: 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RefreshAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Private memory of all models together, in bytes. Default: 0, which means what the other parts of the process's
    /// memory leave (<c>Mme:Memory</c>).
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long BudgetBytes { get; set; }

    /// <summary>
    /// Memory reserved for a model that has never been loaded, as a multiple of its file's size. Default: 2, what a
    /// plain ONNX file takes while it is loaded.
    /// </summary>
    [Range(0.01, 100)]
    public double EstimateFactor { get; set; } = 2;

    /// <summary>
    /// Models loaded at the same time; others wait in line. Default: one per processor, at least 2, so that one model
    /// that hangs doesn't keep the others waiting.
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
    /// How long opening a model may take, without its download, its wait for memory and its first run. A model that
    /// takes longer is refused. Default: 1 minute.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Minimum time a model stays loaded before it can be evicted. More than zero slows loading down when more models
    /// are in demand than fit. Default: zero.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ChurnAge { get; set; } = TimeSpan.Zero;

    /// <summary>
    /// How long a load that failed because of storage or an endpoint is not retried. Default: 5 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan FailureMemory { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Models loaded at startup; of a group its members, until half the budget is full. Default: none.
    /// </summary>
    [ModelNames]
    public IReadOnlyList<string> Preload { get; set; } = [];

    /// <summary>
    /// How many of the models used last are loaded at startup besides <see cref="Preload"/>. Only processes that take
    /// work from storage remember them. Default: 4.
    /// </summary>
    [Range(0, 1000)]
    public int PreloadRecent { get; set; } = 4;

    /// <summary>Models that are never evicted once loaded, by their own names, not aliases. Default: none.</summary>
    [ModelNames]
    public IReadOnlyList<string> Pin { get; set; } = [];

    /// <summary>
    /// Models that have metrics of their own, in the order of first use; the others share the tag <c>other</c>.
    /// Default: 100.
    /// </summary>
    [Range(0, 100_000)]
    public int MaxModelTags { get; set; } = 100;
}

/// <summary>
/// Every string of a list must be a model name. An attribute, because <see cref="IValidatableObject"/> runs only if
/// every attribute passes, and all problems should be reported together.
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
