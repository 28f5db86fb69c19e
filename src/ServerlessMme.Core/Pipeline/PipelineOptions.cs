using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Pipeline;

/// <summary>Parallelism within a batch (<c>Mme:Pipeline</c>).</summary>
public sealed class PipelineOptions
{
    /// <summary>Images fetched in parallel, and labels written in parallel. Default: 8.</summary>
    [Range(1, 256)]
    public int Transfers { get; set; } = 8;

    /// <summary>Workers that decode and score. Default: one per processor.</summary>
    [Range(1, 256)]
    public int Workers { get; set; } = Environment.ProcessorCount;
}
