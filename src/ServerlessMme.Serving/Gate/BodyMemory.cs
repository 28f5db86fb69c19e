using ServerlessMme.Serving.Errors;

namespace ServerlessMme.Serving.Gate;

/// <summary>
/// Limits the memory of all request bodies. Every body begins with a small share. Once that share is full, the body
/// waits in line for the rest. A sender that stalls while others wait loses its memory, so nobody is locked out, and no
/// sender that keeps up is refused. Thread-safe.
/// </summary>
/// <param name="mostBytes">Memory that all bodies together may take, in bytes.</param>
internal sealed class BodyMemory(long mostBytes, TimeProvider time)
{
    /// <summary>Bytes that every body may take without waiting. Most images fit.</summary>
    public const int FirstBytes = 64 << 10;

    // A body that received nothing for this long makes room if others wait.
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly HashSet<BodyShare> _arriving = [];
    private readonly Queue<Waiter> _waiting = new();
    private long _first;
    private long _rest;

    /// <summary>Bytes that all bodies take.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
            {
                return _first + _rest;
            }
        }
    }

    // The last quarter is for first shares, so small bodies never wait for large ones.
    private long MostRest => mostBytes / 4 * 3;

    /// <summary>
    /// Reserves the first share of a body that begins to arrive. Disposing the result frees all of its memory.
    /// </summary>
    /// <exception cref="ServeException">503: no memory is left for first shares.</exception>
    public BodyShare Open(int bytes)
    {
        List<BodyShare> stalled;
        lock (_lock)
        {
            stalled = _first + bytes > mostBytes - MostRest ? FindStalled() : [];
        }

        Displace(stalled);
        lock (_lock)
        {
            if (_first + bytes > mostBytes - MostRest)
            {
                throw new ServeException(ServeError.Busy);
            }

            _first += bytes;
            var share = new BodyShare(this, bytes, time.GetTimestamp());
            _arriving.Add(share);
            return share;
        }
    }

    internal async Task ReserveAsync(BodyShare share, int bytes, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(share, bytes);
        lock (_lock)
        {
            _arriving.Remove(share);
            _waiting.Enqueue(waiter);
            Admit();
        }

        try
        {
            while (!waiter.Admitted.Task.IsCompleted)
            {
                List<BodyShare> stalled;
                lock (_lock)
                {
                    stalled = FindStalled();
                }

                Displace(stalled);
                await Task.WhenAny(waiter.Admitted.Task, Task.Delay(CheckInterval, time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch
        {
            lock (_lock)
            {
                waiter.IsGone = true;
                Admit();
            }

            throw;
        }
    }

    internal void Settle(BodyShare share)
    {
        lock (_lock)
        {
            if (share.IsLeaving)
            {
                throw new ServeException(ServeError.Busy);
            }

            _arriving.Remove(share);
        }
    }

    internal void Close(BodyShare share)
    {
        lock (_lock)
        {
            _arriving.Remove(share);
            _first -= share.First;
            _rest -= share.Rest;
            (share.First, share.Rest) = (0, 0);
            Admit();
        }
    }

    /// <summary>Gives the bodies at the front of the line the rest of their memory. Call with the lock held.</summary>
    private void Admit()
    {
        while (_waiting.TryPeek(out var next) && (next.IsGone || _rest + next.Bytes <= MostRest))
        {
            _waiting.Dequeue();
            if (next.IsGone)
            {
                continue;
            }

            _rest += next.Bytes;
            next.Share.Rest = next.Bytes;
            next.Share.ProgressAt = time.GetTimestamp();
            _arriving.Add(next.Share);
            next.Admitted.SetResult();
        }
    }

    /// <summary>
    /// Removes bodies that have stopped arriving from the list, and returns them. Call with the lock held.
    /// </summary>
    private List<BodyShare> FindStalled()
    {
        var stalled = _arriving.Where(share => time.GetElapsedTime(share.ProgressAt) >= Stalled).ToList();
        foreach (var share in stalled)
        {
            share.IsLeaving = true;
            _arriving.Remove(share);
        }

        return stalled;
    }

    private static void Displace(List<BodyShare> stalled) => stalled.ForEach(share => share.Displace());

    internal void Progressed(BodyShare share) => share.ProgressAt = time.GetTimestamp();

    private sealed class Waiter(BodyShare share, int bytes)
    {
        public BodyShare Share => share;

        public int Bytes => bytes;

        public bool IsGone { get; set; }

        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>One body's part of the memory. Only <see cref="Displaced"/> is thread-safe.</summary>
internal sealed class BodyShare : IDisposable
{
    private readonly BodyMemory _memory;
    private readonly CancellationTokenSource _displaced = new();

    internal BodyShare(BodyMemory memory, int first, long startedAt)
    {
        _memory = memory;
        First = first;
        ProgressAt = startedAt;
    }

    /// <summary>Canceled when the body has to make room and must not be read further.</summary>
    public CancellationToken Displaced => _displaced.Token;

    internal int First { get; set; }

    internal int Rest { get; set; }

    internal long ProgressAt { get; set; }

    internal bool IsLeaving { get; set; }

    /// <summary>Waits for memory beyond the first share. Nothing is read from the client until then.</summary>
    public Task ReserveAsync(int bytes, CancellationToken cancellationToken) =>
        _memory.ReserveAsync(this, bytes, cancellationToken);

    /// <summary>Records that bytes have arrived.</summary>
    public void Progressed() => _memory.Progressed(this);

    /// <summary>Keeps the memory until the end of the request, because the whole body has arrived.</summary>
    /// <exception cref="ServeException">503: the body had to make room just before.</exception>
    public void Settle() => _memory.Settle(this);

    // The source isn't disposed: it has no timer, and another request may be canceling it.
    public void Dispose() => _memory.Close(this);

    internal void Displace() => _displaced.Cancel();
}
