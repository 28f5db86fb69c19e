namespace ServerlessMme.Core.Memory;

/// <summary>Memory used by all processes under one limit, in bytes.</summary>
/// <param name="LimitBytes">The limit.</param>
/// <param name="AnonymousBytes">Heaps and stacks, which only their owner can free.</param>
/// <param name="MappedBytes">Pages of files that are in memory and mapped by a process.</param>
/// <param name="OtherBytes">Other memory that the system can't reclaim: its own, and files in memory.</param>
/// <param name="Pressure">
/// Percentage of the last ten seconds in which a process waited for memory; null if the system doesn't report it.
/// </param>
public readonly record struct MemoryUse(
    long LimitBytes, long AnonymousBytes, long MappedBytes, long OtherBytes, double? Pressure = null)
{
    /// <summary>The maximum for mapped files if nothing else grows.</summary>
    public long MappableBytes => LimitBytes - AnonymousBytes - OtherBytes;
}
