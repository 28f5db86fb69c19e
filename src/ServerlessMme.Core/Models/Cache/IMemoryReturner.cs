namespace ServerlessMme.Core.Models;

/// <summary>
/// Gives memory that unloaded models have freed back to the operating system, where the allocator would keep it.
/// Called on a thread of its own after unloads, never twice at a time.
/// </summary>
public interface IMemoryReturner
{
    void ReturnMemory();
}
