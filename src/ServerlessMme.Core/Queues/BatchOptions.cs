using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Queues;

/// <summary>How much one batch message of ours asks for (<c>Mme:Batch</c>).</summary>
public sealed class BatchOptions
{
    /// <summary>
    /// Images in one message: enough to spare messages, few enough to share work and to be done long before any time
    /// limit. A message never has more than fit into it. Default: 100.
    /// </summary>
    [Range(1, 1000)]
    public int Size { get; set; } = 100;
}
