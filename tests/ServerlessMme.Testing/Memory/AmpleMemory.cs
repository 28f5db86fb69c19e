using ServerlessMme.Core.Memory;

namespace ServerlessMme.Testing.Memory;

/// <summary>Memory in which no test waits.</summary>
public static class AmpleMemory
{
    private const long MiB = 1 << 20;

    public static WorkingMemory Create() => new(Plan());

    public static MemoryPlan Plan() => MemoryPlan.Create(new MemoryOptions { LimitBytes = 8192 * MiB }, 0, 48 * MiB);

    /// <summary>Fails when somebody still holds memory, or waits for some.</summary>
    public static void AssertUnused(WorkingMemory memory)
    {
        foreach (var gate in new[] { memory.Images, memory.Tensors, memory.Decoding, memory.Runs })
        {
            Assert.Equal((0, 0), (gate.UsedBytes, gate.QueuedBytes));
        }
    }
}
