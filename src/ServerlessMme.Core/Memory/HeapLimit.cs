namespace ServerlessMme.Core.Memory;

/// <summary>
/// Limits .NET's heap, which .NET would otherwise derive from the container or the machine. Models, tensors and pixels
/// are in native memory, so the heap must leave room for them.
/// </summary>
public static class HeapLimit
{
    private const string Setting = "GCHeapHardLimit";

    /// <summary>
    /// Limits the heap to images, request bodies and three quarters of the headroom. Does nothing if it is already
    /// larger.
    /// </summary>
    public static void Set(MemoryPlan plan)
    {
        AppContext.SetData(Setting, (ulong)BytesOf(plan));
        try
        {
            GC.RefreshMemoryLimit();
        }
        catch (InvalidOperationException)
        {
            // The heap is already larger, or its limit was set from outside.
        }
    }

    internal static long BytesOf(MemoryPlan plan) => plan.ImageBytes + plan.BodyBytes + (plan.HeadroomBytes / 4 * 3);
}
