namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// What models turned out to take in memory, by digest, so that they are estimated well when they are loaded again.
/// Forgets the oldest above its capacity. Thread-safe.
/// </summary>
internal sealed class SizeHistory(int capacity = SizeHistory.DefaultCapacity)
{
    public const int DefaultCapacity = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _bytes = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public long? Find(string digest)
    {
        lock (_lock)
        {
            return _bytes.TryGetValue(digest, out var bytes) ? bytes : null;
        }
    }

    public void Record(string digest, long bytes)
    {
        lock (_lock)
        {
            if (!_bytes.TryAdd(digest, bytes))
            {
                _bytes[digest] = bytes;
                return;
            }

            _order.Enqueue(digest);
            if (_order.Count > capacity)
            {
                _bytes.Remove(_order.Dequeue());
            }
        }
    }
}
