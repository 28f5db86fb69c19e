using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>
/// The cache's record of one model name: the version in use, when it was last compared with what is published, and
/// the one comparison or load under way that every waiter shares. Thread-safe.
/// </summary>
internal sealed class ModelSlot(
    ModelName name, IModelCatalog catalog, ModelLoader loader, TimeSpan refreshAfter, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private State? _state;
    private long _checkedAt;
    private Task<State>? _refresh;
    private bool _disposed;

    /// <summary>The model in use, if one is loaded.</summary>
    public LoadedModel? Model
    {
        get
        {
            lock (_lock)
                return _state?.Model;
        }
    }

    /// <summary>
    /// The newest state, compared with what is published at most <c>refreshAfter</c> ago. A refusal is always compared
    /// anew: the next request after a model is published or mended must not wait.
    /// </summary>
    public Task<State> GetAsync(string? expectedVersion, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_state is { Model: not null } state && time.GetElapsedTime(_checkedAt) < refreshAfter
                && (expectedVersion is null || expectedVersion == state.Version))
                return Task.FromResult(state);
            _refresh ??= Task.Run(RefreshAsync, CancellationToken.None);
            return _refresh.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _state?.Model?.Release();
            _state = null;
        }
    }

    private async Task<State> RefreshAsync()
    {
        try
        {
            // Read before storage is asked, so that the answer is at least this new.
            var checkedAt = time.GetTimestamp();
            var next = await FindNewestAsync();
            lock (_lock)
            {
                _checkedAt = checkedAt;
                if (_disposed)
                    next.Model?.Release();
                else if (!ReferenceEquals(next, _state))
                {
                    _state?.Model?.Release();
                    _state = next;
                }
            }

            return next;
        }
        finally
        {
            lock (_lock)
                _refresh = null;
        }
    }

    private async Task<State> FindNewestAsync()
    {
        while (true)
        {
            if (await catalog.FindAsync(name, CancellationToken.None) is not { } descriptor)
                return new State(null, null, NotFound());
            var state = _state;
            if (state?.Version == descriptor.Version)
                return state;
            try
            {
                var loaded = await loader.LoadAsync(descriptor, CancellationToken.None);
                return loaded.TryGet(out var model, out var refusal)
                    ? new State(descriptor.Version, model, null)
                    : new State(descriptor.Version, null, refusal);
            }
            catch (ModelReplacedException)
            {
                // Published anew between the look-up and the download: look it up again.
            }
        }
    }

    private Refusal NotFound() => new(
        ErrorCode.ModelNotFound,
        $"No model '{name}' is published. Publish it with 'mme models push FOLDER --name {name}'; what waits in "
        + $"'{name.ImagesContainer}' is classified then.");

    /// <summary>What a name stands for: a loaded model, or why there is none.</summary>
    internal sealed record State(string? Version, LoadedModel? Model, Refusal? Refusal);
}
