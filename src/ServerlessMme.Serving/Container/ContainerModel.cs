using ServerlessMme.Serving.Invocations;

namespace ServerlessMme.Serving.Container;

/// <summary>
/// A model that SageMaker had loaded under a name of its own. It counts its users, so that unloading can wait for the
/// last of them. Thread-safe.
/// </summary>
internal sealed class ContainerModel(string name, string url, ServedModel model)
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _users;
    private bool _unloading;

    public string Name { get; } = name;

    public string Url { get; } = url;

    public ServedModel Model { get; } = model;

    /// <summary>Begins a use; false when the model is being unloaded.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (!_unloading)
            {
                _users++;
            }

            return !_unloading;
        }
    }

    /// <summary>Ends a use.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            if (--_users == 0 && _unloading)
            {
                _drained.TrySetResult();
            }
        }
    }

    /// <summary>Lets nobody in any more, waits for who is in, and frees the model.</summary>
    public async Task UnloadAsync()
    {
        lock (_lock)
        {
            _unloading = true;
            if (_users == 0)
            {
                _drained.TrySetResult();
            }
        }

        await _drained.Task;
        Model.Backend.Dispose();
    }
}
