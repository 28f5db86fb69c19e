namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// The cache's record of one version of a model: its state, its bytes and its leases. Thread-safe; nothing is disposed
/// while the lock is held.
/// <code>
/// state     next                when
/// Loading   Ready, Failed       the load ends
/// Ready     Draining            evicted, replaced, removed, or the cache ends
/// Draining  Unloaded            the last lease ended, and the backend is disposed
/// Unloaded  -
/// Failed    -
/// </code>
/// </summary>
internal sealed class ModelEntry(ModelDescriptor descriptor, bool pinned, Residents residents, TimeProvider time)
{
    private readonly Lock _lock = new();
    private ModelState _state = ModelState.Loading;
    private LoadedModel? _model;
    private UnloadReason _reason;
    private long _bytes;
    private int _leases;
    private long _readyAt;
    private long _usedAt = time.GetTimestamp();

    public ModelDescriptor Descriptor => descriptor;

    /// <summary>Counts these bytes, and no longer those that were counted before.</summary>
    public void Charge(long bytes)
    {
        lock (_lock)
        {
            Book(bytes);
        }
    }

    /// <summary>The load succeeded. The lease keeps the model from being evicted before anybody has used it.</summary>
    public ModelLease BecomeReady(LoadedModel model)
    {
        lock (_lock)
        {
            MoveTo(ModelState.Ready);
            _model = model;
            _leases = 1;
            _readyAt = _usedAt = time.GetTimestamp();
            Book(model.Backend.PrivateBytes);
            return new ModelLease(this, model);
        }
    }

    /// <summary>The load ended without a model. Does nothing when it succeeded.</summary>
    public void FailIfLoading()
    {
        lock (_lock)
        {
            if (_state != ModelState.Loading)
            {
                return;
            }

            MoveTo(ModelState.Failed);
            Book(0);
        }

        residents.Remove(this);
    }

    /// <summary>A lease; null when the model is not ready.</summary>
    public ModelLease? TryLease()
    {
        lock (_lock)
        {
            if (_state != ModelState.Ready)
            {
                return null;
            }

            _leases++;
            _usedAt = time.GetTimestamp();
            return new ModelLease(this, _model!);
        }
    }

    /// <summary>Ends a lease.</summary>
    public void Release()
    {
        bool last;
        lock (_lock)
        {
            _usedAt = time.GetTimestamp();
            // A model may have grown by being used.
            Book(_model!.Backend.PrivateBytes);
            last = --_leases == 0 && _state == ModelState.Draining;
        }

        if (last)
        {
            Unload();
        }
        else
        {
            residents.LeaseEnded();
        }
    }

    /// <summary>
    /// Evicts the model if it is ready, nobody uses it, and nobody has since the victims were chosen. The bytes that
    /// are free again; null when it stays.
    /// </summary>
    public long? TryEvict(long chosenAt)
    {
        long bytes;
        lock (_lock)
        {
            if (_state != ModelState.Ready || _leases > 0 || _usedAt > chosenAt)
            {
                return null;
            }

            bytes = _bytes;
            _reason = UnloadReason.Room;
            MoveTo(ModelState.Draining);
        }

        Unload();
        return bytes;
    }

    /// <summary>Gives out no more leases, and unloads after the last one. Does nothing when it is not ready.</summary>
    public void Retire(UnloadReason reason)
    {
        lock (_lock)
        {
            if (_state != ModelState.Ready)
            {
                return;
            }

            _reason = reason;
            MoveTo(ModelState.Draining);
            if (_leases > 0)
            {
                return;
            }
        }

        Unload();
    }

    /// <summary>For the policy, at a moment that is the same for all models.</summary>
    public EvictionCandidate ToCandidate(long now)
    {
        lock (_lock)
        {
            return new EvictionCandidate(
                _bytes,
                time.GetElapsedTime(_usedAt, now),
                time.GetElapsedTime(_readyAt, now),
                _leases,
                pinned,
                _state == ModelState.Ready);
        }
    }

    public ModelStatus ToStatus()
    {
        lock (_lock)
        {
            var lastUsed = time.GetUtcNow() - time.GetElapsedTime(_usedAt);
            return new ModelStatus(
                descriptor.Name, descriptor.Version, _model?.Digest, _state, _bytes, lastUsed, _leases, pinned);
        }
    }

    /// <summary>Runs once, by whoever ended the last lease or found none: nobody else has the model any more.</summary>
    private void Unload()
    {
        var started = time.GetTimestamp();
        var idleFor = time.GetElapsedTime(_usedAt);
        residents.Dispose(_model!);
        lock (_lock)
        {
            MoveTo(ModelState.Unloaded);
            Book(0);
            _model = null;
        }

        residents.RemoveUnloaded(this, _reason, idleFor, time.GetElapsedTime(started));
    }

    private void Book(long bytes)
    {
        bytes = Math.Max(0, bytes);
        residents.Book(bytes - _bytes);
        _bytes = bytes;
    }

    private void MoveTo(ModelState next)
    {
        var legal = (_state, next) is (ModelState.Loading, ModelState.Ready) or (ModelState.Loading, ModelState.Failed)
            or (ModelState.Ready, ModelState.Draining) or (ModelState.Draining, ModelState.Unloaded);
        if (!legal)
        {
            throw new InvalidOperationException($"Model '{descriptor.Name}' cannot go from {_state} to {next}.");
        }

        _state = next;
    }
}
