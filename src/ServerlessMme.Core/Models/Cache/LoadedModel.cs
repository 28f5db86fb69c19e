using ServerlessMme.Core.Backends;

namespace ServerlessMme.Core.Models;

/// <summary>
/// A model that can answer. It counts its users: the cache is one, each lease is one, and the last one to let go
/// disposes the backend. Thread-safe.
/// </summary>
public sealed class LoadedModel(ModelDescriptor descriptor, string digest, Manifest manifest, IBackend backend)
{
    private int _users = 1;

    public ModelDescriptor Descriptor { get; } = descriptor;

    /// <summary>SHA-256 of the artifact, as <c>sha256:…</c>.</summary>
    public string Digest { get; } = digest;

    public Manifest Manifest { get; } = manifest;

    public IBackend Backend { get; } = backend;

    /// <summary>A further user; null when the model is disposed already.</summary>
    internal ModelLease? TryLease()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return new ModelLease(this);
            users = seen;
        }

        return null;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            Backend.Dispose();
    }
}

/// <summary>The right to use a loaded model: it stays loaded until the lease is disposed. Do not hold it for long.</summary>
public sealed class ModelLease : IDisposable
{
    private LoadedModel? _model;

    internal ModelLease(LoadedModel model) => _model = model;

    /// <summary>The model.</summary>
    /// <exception cref="ObjectDisposedException">The lease was given back.</exception>
    public LoadedModel Model => _model ?? throw new ObjectDisposedException(nameof(ModelLease));

    public void Dispose() => Interlocked.Exchange(ref _model, null)?.Release();
}
