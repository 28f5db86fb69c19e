using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Gate;

/// <summary>
/// Bounds the memory of all request bodies. From three quarters of it on, the body that has been arriving for longest
/// makes room for the others: whoever sends slowly, or sends most of a body and stops, locks nobody out. Thread-safe.
/// </summary>
internal sealed class BodyMemory(IOptions<ServeOptions> options)
{
    private readonly long _most = options.Value.BodyMemoryBytes;
    private readonly Lock _lock = new();
    private readonly LinkedList<BodyShare> _arriving = new();
    private long _used;
    private long _leaving;

    /// <summary>Bytes that all bodies take.</summary>
    public long UsedBytes => Interlocked.Read(ref _used);

    private long Crowded => _most / 4 * 3;

    /// <summary>A share for a body that begins to arrive; disposing gives its memory back.</summary>
    public BodyShare Open()
    {
        var share = new BodyShare(this);
        lock (_lock)
        {
            _arriving.AddLast(share.Node);
        }

        return share;
    }

    internal void Take(BodyShare share, int bytes)
    {
        List<BodyShare> displaced = [];
        lock (_lock)
        {
            if (_used + bytes > _most)
            {
                throw new ServeException(ServeError.Busy);
            }

            _used += bytes;
            share.Bytes += bytes;
            // What is leaving is not counted, because it returns its memory in a moment.
            while (_used - _leaving > Crowded && _arriving.First is { Value: var oldest })
            {
                _arriving.Remove(oldest.Node);
                _leaving += oldest.Bytes;
                oldest.IsLeaving = true;
                displaced.Add(oldest);
            }
        }

        displaced.ForEach(oldest => oldest.Displace());
    }

    internal void Return(BodyShare share, int bytes)
    {
        lock (_lock)
        {
            share.Bytes -= bytes;
            _used -= bytes;
            _leaving -= share.IsLeaving ? bytes : 0;
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

            _arriving.Remove(share.Node);
        }
    }

    internal void Close(BodyShare share)
    {
        lock (_lock)
        {
            if (share.Node.List is not null)
            {
                _arriving.Remove(share.Node);
            }

            _used -= share.Bytes;
            _leaving -= share.IsLeaving ? share.Bytes : 0;
            share.Bytes = 0;
        }
    }
}

/// <summary>One body's part of the memory. Only <see cref="Displaced"/> is thread-safe.</summary>
internal sealed class BodyShare : IDisposable
{
    private readonly BodyMemory _memory;
    private readonly CancellationTokenSource _displaced = new();

    internal BodyShare(BodyMemory memory)
    {
        _memory = memory;
        Node = new LinkedListNode<BodyShare>(this);
    }

    /// <summary>Cancelled when the body has to make room and must not be read further.</summary>
    public CancellationToken Displaced => _displaced.Token;

    internal LinkedListNode<BodyShare> Node { get; }

    internal int Bytes { get; set; }

    internal bool IsLeaving { get; set; }

    /// <summary>Counts memory before it is rented.</summary>
    /// <exception cref="ServeException">503: all memory for bodies is taken.</exception>
    public void Take(int bytes) => _memory.Take(this, bytes);

    /// <summary>Gives back a part.</summary>
    public void Return(int bytes) => _memory.Return(this, bytes);

    /// <summary>Keeps the memory until the end of the request, because the whole body has arrived.</summary>
    /// <exception cref="ServeException">503: the body had to make room just before.</exception>
    public void Settle() => _memory.Settle(this);

    // The source isn't disposed: it has no timer, and another request may be cancelling it.
    public void Dispose() => _memory.Close(this);

    internal void Displace() => _displaced.Cancel();
}
