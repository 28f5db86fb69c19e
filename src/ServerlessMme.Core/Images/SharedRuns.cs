using System.Collections.Concurrent;

namespace ServerlessMme.Core.Images;

/// <summary>
/// Results computed from one micro-batch that several models can use, such as the output of a trunk. Lives as long as
/// the micro-batch's tensors. Dispose it only after every call that uses them has ended. Thread-safe.
/// </summary>
/// <param name="roomBytes">Maximum size of all results together.</param>
public sealed class SharedRuns(long roomBytes) : IAsyncDisposable
{
    private const int InputsPerImage = 6;
    private const int LeastPerImage = 384 << 10;

    private readonly ConcurrentDictionary<object, TaskCompletionSource<IDisposable?>> _results = new();
    private long _bytes;

    /// <summary>
    /// Returns the memory to reserve per image of a micro-batch, in bytes: enough for two trunks, one after the other.
    /// </summary>
    /// <param name="inputBytes">Size of the image's tensor.</param>
    public static long RoomPerImage(long inputBytes) => Math.Max(InputsPerImage * inputBytes, LeastPerImage);

    /// <summary>
    /// Returns the result of a run, which happens only once, on the first caller's thread. If the run fails, it fails
    /// for all callers.
    /// </summary>
    /// <param name="key">Equal for runs that have the same result.</param>
    /// <param name="bytesOf">Returns the size of a result.</param>
    /// <returns>The result, owned by this object; null if there is no room to keep it.</returns>
    public async ValueTask<T?> GetAsync<T>(object key, Func<T> run, Func<T, long> bytesOf)
        where T : class, IDisposable
    {
        var own = new TaskCompletionSource<IDisposable?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = _results.GetOrAdd(key, own);
        if (result == own)
        {
            try
            {
                own.SetResult(Keep(run(), bytesOf));
            }
            catch (Exception exception)
            {
                own.SetException(exception);
            }
        }

        return (T?)await result.Task;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var result in _results.Values)
        {
            if (result.Task.IsCompletedSuccessfully)
            {
                (await result.Task)?.Dispose();
            }
        }
    }

    private T? Keep<T>(T result, Func<T, long> bytesOf)
        where T : class, IDisposable
    {
        var bytes = bytesOf(result);
        if (Interlocked.Add(ref _bytes, bytes) <= roomBytes)
        {
            return result;
        }

        Interlocked.Add(ref _bytes, -bytes);
        result.Dispose();
        return null;
    }
}
