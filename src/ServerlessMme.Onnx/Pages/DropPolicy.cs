namespace ServerlessMme.Onnx.Pages;

/// <summary>What the policy knows about a pack.</summary>
/// <param name="Bytes">What dropping it frees.</param>
/// <param name="IdleFor">Time since a session last ran with it.</param>
/// <param name="Uses">How often one ran lately; 1 at least.</param>
internal readonly record struct DropCandidate(long Bytes, TimeSpan IdleFor, bool IsRunning, double Uses = 1);

/// <summary>Chooses the packs to drop from memory. Pure: no clock, no lock.</summary>
internal static class DropPolicy
{
    /// <summary>Microseconds of a read of any length, and bytes per microsecond after that.</summary>
    private const double ReadTime = 300;
    private const double BytesPerTime = 500;

    /// <summary>
    /// Indexes of the packs to drop, first those that were idle for longest compared to how often they were used lately
    /// and to what a byte of them costs to read again: a small pack costs more, because of the time of any read.
    /// </summary>
    /// <param name="bytes">What to free; fewer when there are no more.</param>
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
