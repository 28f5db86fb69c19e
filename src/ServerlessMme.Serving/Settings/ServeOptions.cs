using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Serving.Settings;

/// <summary>Limits, aliases and keys of the server (<c>Mme:Serve</c>).</summary>
internal sealed class ServeOptions : IValidatableObject
{
    private const long MostBodyMemoryBytes = 128 << 20;
    private const int ShareForBodies = 16;

    /// <summary>Maximum size of a request's body, in bytes. Default: 6,291,456, InvokeEndpoint's limit.</summary>
    [Range(1, 1 << 30)]
    public int MaxBodyBytes { get; set; } = 6_291_456;

    /// <summary>
    /// Bytes per second at which a body must arrive, on average after its first 5 s. Slower bodies are refused with
    /// 408. Default: 4,096.
    /// </summary>
    [Range(1, 1 << 30)]
    public int MinBodyRate { get; set; } = 4096;

    /// <summary>
    /// Memory in bytes that all request bodies together may take, at least four times `MaxBodyBytes`. Bodies above 64
    /// KiB share three quarters of this memory, and wait if it runs short. A body that stops arriving while others wait
    /// is refused with 503. Default: 0, which means a sixteenth of `Mme:Memory:LimitBytes`, at most 128 MiB and at
    /// least four times `MaxBodyBytes`.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxBodyMemoryBytes { get; set; }

    /// <summary>Maximum time for a request. Default: 60 s, the time that SageMaker gives a container.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a request waits for its model to load before the client is told to retry. Default: 50 s.
    /// </summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(50);

    /// <summary>Requests scored at the same time. Default: one per processor.</summary>
    [Range(1, 1024)]
    public int MaxConcurrent { get; set; } = Environment.ProcessorCount;

    /// <summary>Requests that may wait to be scored. Further requests are refused with 503. Default: 64.</summary>
    [Range(0, 100_000)]
    public int MaxQueued { get; set; } = 64;

    /// <summary>
    /// Memory in bytes above which <c>POST /models</c> returns 507. Default: 0, which means 90% of the machine's or
    /// container's memory.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxMemoryBytes { get; set; }

    /// <summary>
    /// Additional names of models, as clients send them: <c>Mme:Serve:Aliases:cifar=cifar10</c>. Default: none.
    /// </summary>
    public Dictionary<string, string> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Secret keys by access key. If any are set, every request except <c>GET /ping</c> must be signed with one
    /// (SigV4). Default: none; signatures are not checked.
    /// </summary>
    public Dictionary<string, string> Keys { get; } = new(StringComparer.Ordinal);

    // While a body grows, it takes up to three times its size: the old array, and a new one of a power of two.
    internal long MinBodyMemoryBytes => 4L * MaxBodyBytes;

    internal long BodyMemoryBytes(long limitBytes) => MaxBodyMemoryBytes > 0
        ? MaxBodyMemoryBytes
        : Math.Max(MinBodyMemoryBytes, Math.Min(MostBodyMemoryBytes, limitBytes / ShareForBodies));

    /// <summary>Checks the time spans, the memory and the keys, which attributes can't express.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var spans = new[] { (nameof(RequestTimeout), RequestTimeout), (nameof(LoadTimeout), LoadTimeout) };
        foreach (var (name, value) in spans)
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromHours(1))
            {
                yield return new ValidationResult(
                    $"Mme:Serve:{name} is {value}, but must be more than 0 and at most 1 hour.", [name]);
            }
        }

        if (MaxBodyMemoryBytes < MinBodyMemoryBytes && MaxBodyMemoryBytes > 0)
        {
            yield return new ValidationResult(
                $"Mme:Serve:MaxBodyMemoryBytes is {MaxBodyMemoryBytes}, but must be at least {MinBodyMemoryBytes} "
                + "(four times Mme:Serve:MaxBodyBytes), or 0 to use the default.",
                [nameof(MaxBodyMemoryBytes)]);
        }

        foreach (var (key, secret) in Keys)
        {
            if (string.IsNullOrWhiteSpace(secret))
            {
                yield return new ValidationResult($"Mme:Serve:Keys:{key} has no secret key.", [nameof(Keys)]);
            }
        }
    }
}
