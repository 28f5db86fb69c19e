using ServerlessMme.Core.Backends;
using ServerlessMme.Serving.Invocations;

namespace ServerlessMme.Serving.Container;

/// <summary>A model under the name that SageMaker gave it. Unloading waits for the last user. Thread-safe.</summary>
internal sealed class ContainerModel(string name, string url, ServedModel model)
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly UseCount _uses = new();

    public string Name { get; } = name;

    public string Url { get; } = url;

    public ServedModel Model { get; } = model;

    /// <summary>Begins a use; false when the model is being unloaded.</summary>
    public bool TryEnter() => _uses.TryEnter();

    /// <summary>Ends a use.</summary>
    public void Exit()
    {
        if (_uses.Exit())
        {
            _drained.SetResult();
        }
    }

    /// <summary>Lets no more users in, waits until the last one has left, and frees the model.</summary>
    public async Task UnloadAsync()
    {
        if (_uses.Close())
        {
            _drained.SetResult();
        }

        await _drained.Task;
        Model.Backend.Dispose();
    }
}
