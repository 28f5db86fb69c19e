using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Serving.Settings;

/// <summary>Limits of the server (<c>Mme:Serve</c>).</summary>
public sealed class ServeOptions : IValidatableObject
{
    /// <summary>Bytes of the longest body. Default: 6,291,456, what InvokeEndpoint takes.</summary>
    [Range(1, 1 << 30)]
    public int MaxBodyBytes { get; set; } = 6_291_456;

    /// <summary>Longest time for an answer. Default: 60 s, what SageMaker gives a container.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request waits for its model before it is told to come again. Default: 50 s.</summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromSeconds(50);

    /// <summary>Requests that are scored at the same time. Default: one a processor.</summary>
    [Range(1, 1024)]
    public int MaxConcurrent { get; set; } = Environment.ProcessorCount;

    /// <summary>Requests that may wait for that; past it they are refused with 503. Default: 64.</summary>
    [Range(0, 100_000)]
    public int MaxQueued { get; set; } = 64;

    /// <summary>
    /// Bytes of memory past which <c>POST /models</c> answers 507. Default: 0, nine tenths of the machine's or the
    /// container's memory.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxMemoryBytes { get; set; }

    /// <summary>Further names of models, as clients send them: <c>Mme:Serve:Aliases:cifar=cifar10</c>.</summary>
    public Dictionary<string, string> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Secret keys by access key. When there are any, every request but <c>GET /ping</c> must be signed with one.
    /// </summary>
    public Dictionary<string, string> Keys { get; } = new(StringComparer.Ordinal);

    /// <summary>What the attributes cannot say.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var spans = new[] { (nameof(RequestTimeout), RequestTimeout), (nameof(LoadTimeout), LoadTimeout) };
        foreach (var (name, value) in spans)
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromHours(1))
            {
                yield return new ValidationResult($"Mme:Serve:{name} must be more than 0 and at most 1 hour.", [name]);
            }
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
