namespace ServerlessMme.Storage.Reconcile;

/// <summary>
/// Remembers which images were asked for lately, so that a sweep every two seconds does not ask for the same image
/// until it is labelled. Bounded in number and time. Not thread-safe; one per reconciler.
/// </summary>
internal sealed class RecentRequests(TimeSpan askAgainAfter, int capacity, TimeProvider time)
{
    private readonly HashSet<RecentRequest> _asked = [];
    private readonly Queue<(RecentRequest Image, long At)> _oldest = new();

    /// <summary>True when no more images can be remembered: the rest waits for a later sweep.</summary>
    public bool IsFull => _asked.Count >= capacity;

    /// <summary>True when the image was not asked for within the time; it is remembered from now on.</summary>
    public bool TryAdd(RecentRequest image)
    {
        if (IsFull || !_asked.Add(image))
        {
            return false;
        }

        _oldest.Enqueue((image, time.GetTimestamp()));
        return true;
    }

    public void ForgetOld()
    {
        while (_oldest.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) >= askAgainAfter)
        {
            _oldest.Dequeue();
            _asked.Remove(oldest.Image);
        }
    }
}

/// <summary>One version of an image, asked of one version of a model.</summary>
internal readonly record struct RecentRequest(string Model, string Name, string ETag, string Version);
