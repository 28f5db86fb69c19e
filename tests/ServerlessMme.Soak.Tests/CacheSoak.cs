using System.Collections.Concurrent;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;
using static ServerlessMme.Testing.Cache.CacheUnderTest;

namespace ServerlessMme.Soak.Tests;

/// <summary>
/// A fleet of models in a cache with room for two, and all that can go wrong at random, from one seed: failed look-ups,
/// downloads and loads, refusals, wrong estimates, models that grow, artifacts replaced and removed, and requests
/// cancelled from within every step of the load, and while they hold a lease.
/// </summary>
internal sealed class CacheSoak : IDisposable
{
    private const int Models = 50;

    private readonly int _seed;
    private readonly int[] _published = new int[Models];
    private readonly ConcurrentDictionary<int, CancellationTokenSource> _running = new();
    private readonly ThreadLocal<Random> _random;
    private bool _calm;
    private int _seeds;
    private int _tooLarge;
    private long _liveBytes;
    private long _peakBytes;

    public CacheSoak(int seed, bool surprises)
    {
        _seed = seed;
        _random = new ThreadLocal<Random>(() => new Random(_seed + Interlocked.Increment(ref _seeds)));
        Surprises = surprises;
        Test = new CacheUnderTest(options =>
        {
            options.RefreshAfter = TimeSpan.FromMilliseconds(1);
            options.FailureMemory = TimeSpan.FromMilliseconds(2);
            options.WaitForRoom = TimeSpan.FromMilliseconds(10);
            options.ConcurrentLoads = 3;
        });
        for (var model = 0; model < Models; model++)
        {
            Publish(model);
        }

        Test.Catalog.OnFind = _ => DisturbAsync(failures: 0.01);
        Test.Catalog.OnFetch = _ => DisturbAsync(failures: 0.05);
        Test.Backends.OnCreate = CreateAsync;
        Test.Backends.Measure = Measure;
        Test.Backends.OnDispose = descriptor =>
        {
            Disturb();
            Interlocked.Add(ref _liveBytes, -descriptor.Bytes);
        };
    }

    public CacheUnderTest Test { get; }

    /// <summary>False: every model takes just what is reserved for it.</summary>
    public bool Surprises { get; }

    /// <summary>Bytes that models took at the same time, at most, surprises not counted.</summary>
    public long PeakBytes => Interlocked.Read(ref _peakBytes);

    /// <summary>Models disposed right after their load, since they turned out larger than the budget.</summary>
    public int TooLarge => Volatile.Read(ref _tooLarge);

    /// <summary>Requests that got a model.</summary>
    public int Answered { get; private set; }

    public ConcurrentDictionary<string, int> Outcomes { get; } = new();

    /// <summary>Asks from many threads until so many models were loaded.</summary>
    public async Task RunAsync(int workers, int loads)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tasks = Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            await gate.Task;
            while (Test.Backends.Created < loads)
            {
                await RequestAsync(worker);
            }
        })).ToArray();
        gate.SetResult();
        await Task.WhenAll(tasks);
        Volatile.Write(ref _calm, true);
        Answered = Outcomes.GetValueOrDefault("answered");
    }

    /// <summary>Whoever was given up may still be loading.</summary>
    public async Task SettleAsync()
    {
        while (Test.Cache.Snapshot().Models.Any(model => model.State != ModelState.Ready || model.Leases > 0))
        {
            Test.Time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }
    }

    /// <summary>Every model in turn, when nothing disturbs any more: nothing is left of old failures.</summary>
    public async Task<int> CountUsableAsync()
    {
        var usable = 0;
        for (var model = 0; model < Models; model++)
        {
            Publish(model);
            using var acquired = await Test.AcquireAsync($"m{model}", $"{_published[model]}");
            usable += acquired.Lease is null ? 0 : 1;
        }

        return usable;
    }

    public void Dispose()
    {
        Test.Dispose();
        _random.Dispose();
    }

    private Random Random => _random.Value!;

    private async Task RequestAsync(int worker)
    {
        var model = Random.Next(Models);
        if (Chance(0.03))
        {
            Publish(model);
        }
        else if (Chance(0.01))
        {
            Test.Catalog.Remove(Name($"m{model}"));
        }

        if (Chance(0.3))
        {
            Test.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var expected = Chance(0.3) ? Volatile.Read(ref _published[model]) : 0;
        using var cancellation = new CancellationTokenSource();
        _running[worker] = cancellation;
        try
        {
            using var acquired = await Test.AcquireAsync(
                $"m{model}", expected > 0 ? $"{expected}" : null, cancellation.Token);
            Count(acquired.Refusal is { } refusal ? $"{refusal.Code}" : "answered");
            if (acquired.Lease is not null)
            {
                await UseAsync(acquired, model, expected);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Count("cancelled");
        }
        catch (Exception exception) when (exception is IOException or ModelCacheBusyException)
        {
            Count(exception.GetType().Name);
        }
        finally
        {
            _running.TryRemove(worker, out _);
        }
    }

    private async Task UseAsync(AcquiredModel acquired, int model, int expected)
    {
        var backend = Backend(acquired);
        if (acquired.Lease!.Model.Descriptor.Name != Name($"m{model}") || int.Parse(acquired.Version!) < expected)
        {
            Test.Backends.Violations.Enqueue($"m{model} {expected} was answered by {acquired.Lease.Model.Descriptor}.");
        }

        for (var use = Random.Next(4); use >= 0; use--)
        {
            backend.Use();
            if (Surprises && Chance(0.02))
            {
                backend.PrivateBytes += Unit;
            }

            Disturb();
            await Task.Yield();
        }

        backend.Use();
        if (Chance(0.2))
        {
            acquired.Dispose(); // And once more by the caller.
        }
    }

    private void Publish(int model)
    {
        // Under one lock: a version that is announced must never be older than the one that is published.
        lock (_published)
        {
            var version = _published[model] + 1;
            Test.Publish($"m{model}", $"{version}", 4 + (version % 2));
            Volatile.Write(ref _published[model], version);
        }
    }

    private async Task<Refusal?> CreateAsync(ModelDescriptor descriptor)
    {
        await DisturbAsync(failures: 0.05);
        if (Chance(0.03))
        {
            return new Refusal(ErrorCode.InvalidModel, "Not a model, it was drawn.");
        }

        var live = Interlocked.Add(ref _liveBytes, descriptor.Bytes);
        for (var peak = PeakBytes; live > peak; peak = PeakBytes)
        {
            Interlocked.CompareExchange(ref _peakBytes, live, peak);
        }

        return null;
    }

    private long Measure(ModelDescriptor descriptor)
    {
        if (!Surprises || !Chance(0.2))
        {
            return descriptor.Bytes;
        }

        if (!Chance(0.1))
        {
            return descriptor.Bytes + (Random.Next(-2, 3) * Unit);
        }

        Interlocked.Increment(ref _tooLarge);
        return 11 * Unit;
    }

    private async Task DisturbAsync(double failures)
    {
        Disturb();
        if (Chance(0.5))
        {
            await Task.Yield();
        }

        if (Chance(failures))
        {
            throw new IOException("The cable is out, it was drawn.");
        }
    }

    /// <summary>Cancels some request that runs now, most likely not the one that is here.</summary>
    private void Disturb()
    {
        if (!Chance(0.03) || !_running.TryGetValue(Random.Next(_running.Count + 1), out var cancellation))
        {
            return;
        }

        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
    }

    private bool Chance(double chance) => !Volatile.Read(ref _calm) && Random.NextDouble() < chance;

    private void Count(string outcome) => Outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
}
