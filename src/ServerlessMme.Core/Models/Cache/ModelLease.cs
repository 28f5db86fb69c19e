namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// The right to use a loaded model, which stays loaded until the lease is disposed. Dispose it soon: until then, other
/// models can't use its memory. Thread-safe; disposing twice is harmless.
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
    /// <exception cref="ObjectDisposedException">The lease has been disposed.</exception>
    public LoadedModel Model =>
        Volatile.Read(ref _entry) is null ? throw new ObjectDisposedException(nameof(ModelLease)) : _model;

    public void Dispose() => Interlocked.Exchange(ref _entry, null)?.Release();
}
