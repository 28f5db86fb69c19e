using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Queues;

/// <summary>Size of batch messages (<c>Mme:Batch</c>).</summary>
public sealed class BatchOptions
{
    /// <summary>
    /// Maximum number of images per message. A large number needs fewer messages; a small one spreads the work over
    /// more workers and finishes well within the time limits. A message's maximum size also applies. Default: 100.
    /// </summary>
    [Range(1, 1000)]
    public int Size { get; set; } = 100;
}
