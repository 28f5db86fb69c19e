using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Pipeline;

/// <summary>How much of a batch is in flight at once (<c>Mme:Pipeline</c>).</summary>
public sealed class PipelineOptions
{
    /// <summary>Images fetched, and labels written, at the same time. Default: 8.</summary>
    [Range(1, 256)]
    public int Transfers { get; set; } = 8;

    /// <summary>Threads that decode and score. Default: one a processor.</summary>
    [Range(1, 256)]
    public int Workers { get; set; } = Environment.ProcessorCount;
}
