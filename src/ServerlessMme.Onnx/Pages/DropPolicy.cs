namespace ServerlessMme.Onnx.Pages;

/// <summary>The facts about a pack that the policy needs.</summary>
/// <param name="Bytes">Bytes that dropping it frees.</param>
/// <param name="IdleFor">Time since a session last ran with it.</param>
/// <param name="Uses">How often a session ran with it lately; at least 1.</param>
internal readonly record struct DropCandidate(long Bytes, TimeSpan IdleFor, bool IsRunning, double Uses = 1);

/// <summary>Chooses the packs to drop from memory. Pure: no clock, no lock.</summary>
internal static class DropPolicy
{
    /// <summary>Fixed time of a read in microseconds, and bytes read per microsecond after that.</summary>
    private const double ReadTime = 300;
    private const double BytesPerTime = 500;

    /// <summary>
    /// Returns the indexes of the packs to drop. Packs that have been idle for the longest time come first, weighted by
    /// how often they were used lately and by the cost of reading a byte of them again. A byte of a small pack costs
    /// more, because every read has a fixed cost.
    /// </summary>
    /// <param name="bytes">Bytes to free; fewer are freed if there are no more packs.</param>
    public static List<int> Choose(ReadOnlySpan<DropCandidate> packs, long bytes)
    {
        var idle = new List<(int Index, double Priority)>();
        for (var i = 0; i < packs.Length; i++)
        {
            if (packs[i] is { IsRunning: false, Bytes: > 0 })
            {
                idle.Add((i, -packs[i].IdleFor.TotalMicroseconds / Value(packs[i])));
            }
        }

        // Building a heap is linear in all packs, and only the chosen ones are sorted.
        var queue = new PriorityQueue<int, double>(idle);
        var chosen = new List<int>();
        for (var freed = 0L; freed < bytes && queue.TryDequeue(out var index, out _); freed += packs[index].Bytes)
        {
            chosen.Add(index);
        }

        return chosen;
    }

    private static double Value(DropCandidate pack) => pack.Uses * ((ReadTime / pack.Bytes) + (1 / BytesPerTime));
}
