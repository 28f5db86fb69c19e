using ServerlessMme.Core.Memory;

namespace ServerlessMme.Testing.Memory;

/// <summary>Memory in which no test waits.</summary>
public static class AmpleMemory
{
    private const long MiB = 1 << 20;

    public static WorkingMemory Create() => new(Plan());

    public static MemoryPlan Plan() => MemoryPlan.Create(new MemoryOptions { LimitBytes = 8192 * MiB }, 0, 48 * MiB);
}
