using System.Runtime.ExceptionServices;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// One model name: its current state, the time when the state was last compared with the catalog, and the one refresh
/// in flight that every waiter shares. Thread-safe.
/// </summary>
internal sealed class ModelSlot(
    ModelResolver resolver, ModelName name, ModelCacheOptions options, ModelCacheMetrics metrics, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SlotAnswers _answers = new(name, metrics);
    private SlotState? _state;
    private long _checkedAt;
    private Flight? _flight;
    private FailedLoad? _failure;
    private long _failedAt;
    private bool _closed;

    /// <summary>
    /// Returns a lease on the newest version, at most <c>RefreshAfter</c> behind the catalog. After a refusal, every
    /// request checks the catalog, because the first request after a model is published or repaired must not wait.
    /// </summary>
    /// <param name="isPublished">
    /// True if the caller knows that the expected version is the published one, so the slot doesn't check the catalog.
    /// </param>
    public async Task<AcquiredModel> AcquireAsync(
        string? expectedVersion, bool isPublished, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var lookedAgain = false;
        while (true)
        {
            Flight? flight = null;
            SlotState? before = null;
            ModelLease? warm = null;
            var joined = false;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(ModelCache));
                if (IsFresh(expectedVersion, isPublished))
                {
                    if (_state!.Forwards)
                    {
                        return SlotAnswers.Forward(_state);
                    }

                    warm = _state.Entry?.TryLease();
                    if (warm is null && isPublished && _state.Refusal is not null)
                    {
                        return SlotAnswers.Refuse(_state, _state.Refusal);
                    }
                }

                if (warm is null)
                {
                    ThrowRemembered(expectedVersion);
                    before = _state;
                    joined = _flight is not null;
                    flight = _flight ??= Start();
                    flight.Waiters++;
                }
            }

            if (flight is null)
            {
                // Not under the lock: it makes system calls about the model's files.
                return _answers.Hit(warm!);
            }

            try
            {
                var state = await flight.Task!.WaitAsync(cancellationToken);
                if (joined && !lookedAgain && expectedVersion is not null && expectedVersion != state.Version)
                {
                    // That refresh may have started before the version that the caller saw was published.
                    lookedAgain = true;
                    continue;
                }

                if (state.Forwards)
                {
                    return SlotAnswers.Forward(state);
                }

                if (state.Refusal is { } refusal)
                {
                    return SlotAnswers.Refuse(state, refusal);
                }

                if (state.Entry!.TryLease() is not { } lease)
                {
                    continue; // An even newer version took over; the next state has it.
                }

                return ReferenceEquals(state, before)
                    ? _answers.Hit(lease)
                    : _answers.Miss(lease, time.GetElapsedTime(started));
            }
            finally
            {
                Leave(flight);
            }
        }
    }

    /// <summary>Starts reading the files of a loaded model that aren't in memory.</summary>
    /// <returns>The target of an alias, whose slot has the model; null for a model.</returns>
    public ModelName? Prefetch()
    {
        SlotState? state;
        lock (_lock)
        {
            state = _state;
        }

        state?.Entry?.Prefetch();
        return state?.Target;
    }

    /// <summary>Refuses new leases.</summary>
    public void Close()
    {
        ModelEntry? entry;
        lock (_lock)
        {
            _closed = true;
            entry = _state?.Entry;
            _state = null;
        }

        entry?.Retire(UnloadReason.Shutdown);
    }

    private bool IsFresh(string? expectedVersion, bool isPublished) =>
        _state is not null && (isPublished || time.GetElapsedTime(_checkedAt) < options.RefreshAfter)
        && (expectedVersion is null || expectedVersion == _state.Version);

    private void ThrowRemembered(string? expectedVersion)
    {
        if (_failure is { } failure && time.GetElapsedTime(_failedAt) < options.FailureMemory
            && (expectedVersion is null || expectedVersion == failure.Version))
        {
            failure.Cause.Throw();
        }
    }

    private Flight Start()
    {
        var flight = new Flight();
        // Not the waiter's token: canceling ends the wait, not the load, because others may be waiting for it.
        flight.Task = Task.Run(() => RefreshAsync(flight), CancellationToken.None);
        return flight;
    }

    private async Task<SlotState> RefreshAsync(Flight flight)
    {
        ModelLease? lease = null;
        try
        {
            // Taken before the catalog is read, so the state is at least this new.
            var checkedAt = time.GetTimestamp();
            (var next, lease) = await resolver.ResolveAsync(name, _state);
            TakeOver(next, checkedAt);
            return next;
        }
        catch (FailedLoadException exception)
        {
            lock (_lock)
            {
                _failure = new FailedLoad(exception.Version, exception.Cause);
                _failedAt = time.GetTimestamp();
            }

            exception.Cause.Throw();
            throw;
        }
        finally
        {
            Land(flight, lease);
        }
    }

    private void TakeOver(SlotState next, long checkedAt)
    {
        ModelEntry? old;
        bool closed;
        lock (_lock)
        {
            old = ReferenceEquals(next, _state) ? null : _state?.Entry;
            closed = _closed;
            if (!closed)
            {
                _state = next;
            }

            _checkedAt = checkedAt;
            _failure = null;
        }

        old?.Retire(next.Version is null ? UnloadReason.Removed : UnloadReason.Replaced);
        if (closed)
        {
            next.Entry?.Retire(UnloadReason.Shutdown);
        }
    }

    /// <summary>
    /// Ends a flight. It keeps its lease until every waiter has one, which prevents eviction until then.
    /// </summary>
    private void Land(Flight flight, ModelLease? lease)
    {
        lock (_lock)
        {
            _flight = null;
            if (flight.Waiters > 0)
            {
                flight.Lease = lease;
                return;
            }
        }

        lease?.Dispose();
    }

    private void Leave(Flight flight)
    {
        lock (_lock)
        {
            if (--flight.Waiters > 0)
            {
                return;
            }
        }

        flight.Lease?.Dispose();
    }

    private sealed record FailedLoad(string Version, ExceptionDispatchInfo Cause);

    /// <summary>One refresh, which may include a load, and its waiters.</summary>
    private sealed class Flight
    {
        public Task<SlotState>? Task { get; set; }

        public int Waiters { get; set; }

        public ModelLease? Lease { get; set; }
    }
}
