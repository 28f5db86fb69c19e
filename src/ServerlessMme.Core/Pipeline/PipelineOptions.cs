using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Pipeline;

/// <summary>Parallelism within a batch (<c>Mme:Pipeline</c>).</summary>
public sealed class PipelineOptions
{
    /// <summary>Number of images fetched in parallel, and of labels written in parallel. Default: 8.</summary>
    [Range(1, 256)]
    public int Transfers { get; set; } = 8;

    /// <summary>Number of workers that decode and score. Default: one per processor.</summary>
    [Range(1, 256)]
    public int Workers { get; set; } = Environment.ProcessorCount;
}
