using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Brings a published version into memory: a place in the queue, the files, room for what it may take, the backend,
/// and then its measured size in place of the estimate. Thread-safe.
/// </summary>
internal sealed class EntryLoader(
    ModelLoader loader,
    Residents residents,
    Room room,
    WaitingLine queue,
    ModelCacheMetrics metrics,
    ModelCacheOptions options,
    TimeProvider time)
{
    private readonly SizeHistory _sizes = new();
    private readonly HashSet<string> _pinned = [.. options.Pin];

    /// <summary>
    /// A lease on the loaded model. What is wrong with the model is a refusal, trouble on the way is thrown.
    /// </summary>
    /// <exception cref="ModelReplacedException">Another version is published by now.</exception>
    /// <exception cref="ModelCacheBusyException">The memory is in use.</exception>
    public async Task<Outcome<ModelLease>> LoadAsync(ModelDescriptor descriptor, CancellationToken stopping)
    {
        var entry = new ModelEntry(descriptor, _pinned.Contains(descriptor.Name.Value), residents, time);
        residents.Add(entry);
        try
        {
            var loaded = await LoadAsync(entry, stopping);
            if (!loaded.TryGet(out var model, out var refusal))
            {
                return refusal;
            }

            var lease = entry.BecomeReady(model);
            residents.Shrink();
            return lease;
        }
        finally
        {
            entry.FailIfLoading();
        }
    }

    private async Task<Outcome<LoadedModel>> LoadAsync(ModelEntry entry, CancellationToken stopping)
    {
        var descriptor = entry.Descriptor;
        if (descriptor.Bytes > options.BudgetBytes)
        {
            return TooLarge(descriptor.Name, descriptor.Bytes);
        }

        using var place = await queue.EnterAsync(stopping);

        var started = time.GetTimestamp();
        var fetched = await loader.FetchAsync(descriptor, stopping);
        metrics.RecordDownloading(descriptor.Name, time.GetElapsedTime(started));
        if (!fetched.TryGet(out var files, out var refusal))
        {
            return refusal;
        }

        if (!Estimate(descriptor, files).TryGet(out var estimate, out refusal))
        {
            return refusal;
        }

        await room.TakeAsync(entry, estimate, stopping);

        started = time.GetTimestamp();
        var created = await loader.CreateAsync(descriptor, files, stopping);
        metrics.RecordLoading(descriptor.Name, time.GetElapsedTime(started));
        if (!created.TryGet(out var model, out refusal))
        {
            return refusal;
        }

        var measured = model.Backend.PrivateBytes;
        _sizes.Record(model.Digest, measured);
        if (measured <= options.BudgetBytes)
        {
            return model;
        }

        residents.Dispose(model);
        return TooLarge(descriptor.Name, measured);
    }

    /// <summary>
    /// Known from an earlier load, else a factor of the file's size. A guess above the budget is no reason to refuse:
    /// it takes the whole budget, and the measurement decides.
    /// </summary>
    private Outcome<long> Estimate(ModelDescriptor descriptor, ModelFiles files)
    {
        var bytes = files.OnnxPath is { } onnx ? new FileInfo(onnx).Length : descriptor.Bytes;
        var least = _sizes.Find(files.Digest) ?? bytes;
        if (least > options.BudgetBytes)
        {
            return TooLarge(descriptor.Name, least);
        }

        return _sizes.Find(files.Digest) ?? (long)Math.Min(options.BudgetBytes, bytes * options.EstimateFactor);
    }

    private Refusal TooLarge(ModelName name, long bytes) => new(
        ErrorCode.ModelTooLarge,
        $"Model '{name}' takes at least {bytes} bytes of memory, more than the {options.BudgetBytes} bytes for all "
        + "models: raise Mme:Models:BudgetBytes, or publish a smaller model.");
}
