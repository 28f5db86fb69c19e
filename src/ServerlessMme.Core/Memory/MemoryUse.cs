namespace ServerlessMme.Core.Memory;

/// <summary>What the processes under one limit take together, in bytes.</summary>
/// <param name="LimitBytes">The most that they may take.</param>
/// <param name="AnonymousBytes">Heaps and stacks, which nothing but their owner can free.</param>
/// <param name="MappedBytes">Pages of files that are in memory and mapped by a process.</param>
/// <param name="OtherBytes">What else the system can't take back: its own memory, and files in memory.</param>
/// <param name="Pressure">
/// Percentage of the last ten seconds in which a process waited for memory; null where the system doesn't say.
/// </param>
public readonly record struct MemoryUse(
    long LimitBytes, long AnonymousBytes, long MappedBytes, long OtherBytes, double? Pressure = null)
{
    /// <summary>What mapped files could take if nothing else were to grow.</summary>
    public long MappableBytes => LimitBytes - AnonymousBytes - OtherBytes;
}
