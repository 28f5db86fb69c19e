using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Memory;

/// <summary>The process's memory and its parts (<c>Mme:Memory</c>). For a part, 0 uses the plan's default.</summary>
public sealed class MemoryOptions
{
    /// <summary>
    /// Maximum memory of the process, in bytes. Default: 0, which means the container's limit, or the machine's memory.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long LimitBytes { get; set; }

    /// <summary>
    /// Headroom for .NET, code, and everything else that isn't counted, in bytes. Default: 0, which means 96 MiB plus
    /// an eighth of the limit.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long HeadroomBytes { get; set; }

    /// <summary>
    /// Memory for encoded images, from their download to their answer, in bytes. Default: 0, which means a sixteenth of
    /// the limit, but at least the memory for the largest image: 64 MiB, unless <c>Mme:Images:MaxBytes</c> is changed.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long ImageBytes { get; set; }

    /// <summary>
    /// Memory for decoding images, in bytes. Images wait in order until enough is free. Default: 0, which means an
    /// eighth of the limit.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long DecodingBytes { get; set; }

    /// <summary>
    /// Memory for input tensors and for the allocations of model runs, in bytes. Runs wait in order until enough is
    /// free. Default: 0, which means an eighth of the limit.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long ScoringBytes { get; set; }

    /// <summary>Memory for the bodies of HTTP requests, in bytes; 0 without a server.</summary>
    internal long BodyBytes { get; private set; }

    /// <summary>Returns the maximum memory of the process, in bytes.</summary>
    public long FindLimit() => LimitBytes > 0 ? LimitBytes : ContainerMemory.Find().Bytes;

    /// <summary>Adds a part for the bodies of HTTP requests, sized by the server's own settings.</summary>
    public void ReserveForBodies(long bytes) => BodyBytes = bytes;
}
