using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Gate;

/// <summary>A bound on requests in the house and on those that are scored at a time. Thread-safe.</summary>
internal sealed class Admission(IOptions<ServeOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _scoring = new(options.Value.MaxConcurrent);
    private readonly int _room = options.Value.MaxConcurrent + options.Value.MaxQueued;
    private int _inside;

    /// <summary>Lets a request in; it leaves when what is returned is disposed.</summary>
    /// <exception cref="ServeException">The house is full.</exception>
    public Leaving Enter()
    {
        if (Interlocked.Increment(ref _inside) <= _room)
        {
            return new Leaving(this);
        }

        Interlocked.Decrement(ref _inside);
        throw new ServeException(ServeError.Busy);
    }

    /// <summary>Runs work when its turn has come.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _scoring.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _scoring.Release();
        }
    }

    public void Dispose() => _scoring.Dispose();

    /// <summary>Ends a request's stay. Dispose once.</summary>
    internal readonly struct Leaving(Admission admission) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref admission._inside);
    }
}
