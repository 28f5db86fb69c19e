using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Memory;

/// <summary>The process's memory and its parts (<c>Mme:Memory</c>). Zero leaves a part to the plan.</summary>
public sealed class MemoryOptions
{
    /// <summary>
    /// Memory that the process may take, in bytes. Default: 0, which means the container's limit, or the machine's
    /// memory.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long LimitBytes { get; set; }

    /// <summary>
    /// What stays free for .NET, code, and everything else that isn't counted, in bytes. Default: 0, which means
    /// 96 MiB and an eighth of the limit.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long HeadroomBytes { get; set; }

    /// <summary>
    /// Encoded images in memory, from their download to their answer, in bytes. Default: 0, which means a sixteenth of
    /// the limit, at least what the largest image needs: 64 MiB, unless <c>Mme:Images:MaxBytes</c> is changed.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long ImageBytes { get; set; }

    /// <summary>
    /// Memory for decoding images, in bytes. Images wait for their part, in order. Default: 0, which means an eighth of
    /// the limit.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long DecodingBytes { get; set; }

    /// <summary>
    /// Memory for input tensors and for what models allocate while they run, in bytes. Runs wait for their part, in
    /// order. Default: 0, which means an eighth of the limit.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807")]
    public long ScoringBytes { get; set; }

    /// <summary>Memory for the bodies of HTTP requests, in bytes; 0 without a server.</summary>
    internal long BodyBytes { get; private set; }

    /// <summary>What the process may take, in bytes.</summary>
    public long FindLimit() => LimitBytes > 0 ? LimitBytes : ContainerMemory.Find().Bytes;

    /// <summary>Adds a part for the bodies of HTTP requests, whose size the server's own settings give.</summary>
    public void ReserveForBodies(long bytes) => BodyBytes = bytes;
}
