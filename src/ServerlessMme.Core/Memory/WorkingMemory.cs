namespace ServerlessMme.Core.Memory;

/// <summary>
/// The memory of work in flight, process-wide. Work takes from the gates in this order only, which prevents deadlocks:
/// <see cref="Images"/>, <see cref="Tensors"/>, <see cref="Decoding"/>, <see cref="Runs"/>. Thread-safe.
/// </summary>
public sealed class WorkingMemory(MemoryPlan plan)
{
    private const int ShareOfTensors = 4;

    /// <summary>Encoded images, from before their download until their answer.</summary>
    public MemoryGate Images { get; } = new(plan.ImageBytes);

    /// <summary>
    /// Input tensors of micro-batches: a quarter of the part for scoring. They are held while images are decoded.
    /// </summary>
    public MemoryGate Tensors { get; } = new(plan.ScoringBytes / ShareOfTensors);

    /// <summary>One image's decoder and pixels.</summary>
    public MemoryGate Decoding { get; } = new(plan.DecodingBytes);

    /// <summary>
    /// Allocations of model runs: the rest of the part for scoring. Held during a run only.
    /// </summary>
    public MemoryGate Runs { get; } = new(plan.ScoringBytes - (plan.ScoringBytes / ShareOfTensors));
}
