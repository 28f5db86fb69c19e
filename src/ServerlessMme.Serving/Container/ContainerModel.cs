using ServerlessMme.Core.Backends;
using ServerlessMme.Serving.Invocations;

namespace ServerlessMme.Serving.Container;

/// <summary>A model under the name that SageMaker gave it. Unloading waits until all uses end. Thread-safe.</summary>
internal sealed class ContainerModel(string name, string url, ServedModel model)
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly UseCount _uses = new();

    public string Name { get; } = name;

    public string Url { get; } = url;

    public ServedModel Model { get; } = model;

    /// <summary>Begins a use. Returns false if the model is being unloaded.</summary>
    public bool TryEnter() => _uses.TryEnter();

    /// <summary>Ends a use that <see cref="TryEnter"/> began.</summary>
    public void Exit()
    {
        if (_uses.Exit())
        {
            _drained.SetResult();
        }
    }

    /// <summary>Rejects new uses, waits until all current uses end, and frees the model.</summary>
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
