namespace ServerlessMme.Core.Reconcile;

/// <summary>
/// Remembers recently requested images, so sweeps every two seconds don't request an image again before it is labeled.
/// Bounded in number and time. Not thread-safe; one per reconciler.
/// </summary>
internal sealed class RecentRequests(TimeSpan requestAgainAfter, int capacity, TimeProvider time)
{
    private readonly Dictionary<(string Model, string Name), (RecentRequest Image, long At)> _recent = [];
    private readonly Queue<(RecentRequest Image, long At)> _oldest = new();

    /// <summary>True if no further images can be remembered. The remaining images wait for a later sweep.</summary>
    public bool IsFull => _oldest.Count >= capacity;

    /// <summary>Remembers an image. Returns false if it was requested recently, or if there is no room.</summary>
    public bool TryAdd(RecentRequest image)
    {
        // Only the last request counts: a group returns to an old version when an added member is removed again.
        if (IsFull || (_recent.TryGetValue(image.Key, out var last) && last.Image == image))
        {
            return false;
        }

        var request = (image, time.GetTimestamp());
        _recent[image.Key] = request;
        _oldest.Enqueue(request);
        return true;
    }

    public void ForgetOld()
    {
        while (_oldest.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) >= requestAgainAfter)
        {
            _oldest.Dequeue();
            if (_recent.TryGetValue(oldest.Image.Key, out var last) && last == oldest)
            {
                _recent.Remove(oldest.Image.Key);
            }
        }
    }
}

/// <summary>One version of an image, requested from one version of a model.</summary>
internal readonly record struct RecentRequest(string Model, string Name, string ETag, string Version)
{
    public (string Model, string Name) Key => (Model, Name);
}
