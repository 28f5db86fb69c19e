using System.Collections.Concurrent;

namespace ServerlessMme.Core.Images;

/// <summary>
/// What models have computed from one micro-batch and others can use again, such as the output of a trunk. Lives as
/// long as the micro-batch's tensors; every call on them is over before it is disposed. Thread-safe.
/// </summary>
public sealed class SharedRuns : IAsyncDisposable
{
    private readonly ConcurrentDictionary<object, TaskCompletionSource<IDisposable>> _results = new();

    /// <summary>
    /// The result of a run, which happens once, on the thread of the first caller. If it fails, it fails for everyone
    /// who asks for it.
    /// </summary>
    /// <param name="key">Equal for runs that have the same result.</param>
    /// <returns>The result. It belongs to this object.</returns>
    public async ValueTask<T> GetAsync<T>(object key, Func<T> run)
        where T : class, IDisposable
    {
        var own = new TaskCompletionSource<IDisposable>(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = _results.GetOrAdd(key, own);
        if (result == own)
        {
            try
            {
                own.SetResult(run());
            }
            catch (Exception exception)
            {
                own.SetException(exception);
            }
        }

        return (T)await result.Task;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var result in _results.Values)
        {
            if (result.Task.IsCompletedSuccessfully)
            {
                (await result.Task).Dispose();
            }
        }
    }
}
