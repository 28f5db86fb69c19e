namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Lets so many in at a time; the others wait, and come in strictly in the order of their arrival, which
/// <see cref="SemaphoreSlim"/> does not promise. Thread-safe.
/// </summary>
internal sealed class WaitingLine(int places)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _free = places;

    /// <summary>How many wait.</summary>
    public int Length
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Waits for a place; dispose it, once, to leave it.</summary>
    public async Task<Place> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> turn;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return new Place(this);
            }

            turn = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            await turn.Value.Task.WaitAsync(cancellationToken);
            return new Place(this);
        }
        catch (OperationCanceledException)
        {
            GiveUp(turn);
            throw;
        }
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> turn)
    {
        lock (_lock)
        {
            if (turn.List is not null)
            {
                _waiting.Remove(turn);
                return;
            }
        }

        // The place came at the same moment as the cancellation: it goes to the next.
        Leave();
    }

    private void Leave()
    {
        TaskCompletionSource? next;
        lock (_lock)
        {
            next = _waiting.First?.Value;
            if (next is null)
            {
                _free++;
            }
            else
            {
                _waiting.RemoveFirst();
            }
        }

        next?.SetResult();
    }

    internal readonly struct Place(WaitingLine line) : IDisposable
    {
        public void Dispose() => line.Leave();
    }
}
