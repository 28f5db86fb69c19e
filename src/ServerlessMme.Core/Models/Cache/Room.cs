namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Makes room for models within the budget: evicts, and waits for leases to end while that is not enough. First come,
/// first served, so that a large model is not overtaken for ever by small ones. Thread-safe.
/// </summary>
internal sealed class Room(Residents residents, ModelCacheOptions options, TimeProvider time)
{
    private readonly WaitingLine _line = new(1);

    /// <summary>Reserves bytes for an entry that is loading.</summary>
    /// <exception cref="ModelCacheBusyException">There was no room within <c>WaitForRoom</c>.</exception>
    public async Task TakeAsync(ModelEntry entry, long bytes, CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(options.WaitForRoom, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping, patience.Token);
        try
        {
            using var turn = await _line.EnterAsync(waiting.Token);
            await TakeInTurnAsync(entry, bytes, waiting.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new ModelCacheBusyException(entry.Descriptor.Name, bytes, residents.Bytes, options);
        }
    }

    private async Task TakeInTurnAsync(ModelEntry entry, long bytes, CancellationToken waiting)
    {
        while (true)
        {
            var change = residents.NextChange();
            while (residents.Bytes + bytes - options.BudgetBytes is > 0 and var missing && residents.Evict(missing))
            {
            }

            if (residents.Bytes + bytes <= options.BudgetBytes)
            {
                entry.Charge(bytes);
                return;
            }

            var soonest = residents.NextToAge() ?? Timeout.InfiniteTimeSpan;
            try
            {
                await change.WaitAsync(soonest, time, waiting);
            }
            catch (TimeoutException)
            {
                // One more model is old enough to be evicted.
            }
        }
    }
}
