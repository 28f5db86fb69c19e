namespace ServerlessMme.Core.Memory;

/// <summary>
/// The memory that work in flight takes, process-wide. A piece of work takes from the gates in this order only, so no
/// two can wait for each other: first <see cref="Images"/>, then <see cref="Scoring"/>, then <see cref="Decoding"/>.
/// Thread-safe.
/// </summary>
public sealed class WorkingMemory(MemoryPlan plan)
{
    /// <summary>Encoded images, from before their download until their answer.</summary>
    public MemoryGate Images { get; } = new(plan.ImageBytes);

    /// <summary>Input tensors and a run's own memory, for one micro-batch.</summary>
    public MemoryGate Scoring { get; } = new(plan.ScoringBytes);

    /// <summary>One image's decoder and pixels.</summary>
    public MemoryGate Decoding { get; } = new(plan.DecodingBytes);
}
