namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// The right to use a loaded model: it stays loaded until the lease is disposed. Do not hold it for long: while it
/// lasts, the model's memory cannot go to another. Thread-safe; disposing twice is harmless.
/// </summary>
public sealed class ModelLease : IDisposable
{
    private readonly LoadedModel _model;
    private ModelEntry? _entry;

    internal ModelLease(ModelEntry entry, LoadedModel model)
    {
        _entry = entry;
        _model = model;
    }

    /// <summary>The model.</summary>
    /// <exception cref="ObjectDisposedException">The lease was given back.</exception>
    public LoadedModel Model =>
        Volatile.Read(ref _entry) is null ? throw new ObjectDisposedException(nameof(ModelLease)) : _model;

    /// <summary>The cache's record of the model; null when the lease was given back.</summary>
    internal ModelEntry? Entry => Volatile.Read(ref _entry);

    public void Dispose() => Interlocked.Exchange(ref _entry, null)?.Release();
}
