using System.Collections.Concurrent;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Testing.Cache;

/// <summary>Makes backends that count themselves and note every wrong use. Thread-safe.</summary>
public sealed class FakeBackends : IBackendFactory
{
    private readonly ConcurrentDictionary<string, int> _heads = new();
    private int _created;
    private int _disposed;

    public string Type => "onnx";

    /// <summary>Runs in each load: throws, waits at a gate, or gives a refusal.</summary>
    public Func<ModelDescriptor, Task<Refusal?>> OnCreate { get; set; } = _ => Task.FromResult<Refusal?>(null);

    /// <summary>Bytes that a load reserves beyond the cache's estimate. Default: none.</summary>
    public Func<ModelDescriptor, long> Reserves { get; set; } = _ => 0;

    /// <summary>Runs after a load reserved more; a refusal ends it. Default: none.</summary>
    public Func<ModelDescriptor, Refusal?> OnReserved { get; set; } = _ => null;

    /// <summary>What the cache granted.</summary>
    public ConcurrentQueue<long> Reserved { get; } = new();

    /// <summary>Private bytes of a model once it is loaded. Default: the artifact's.</summary>
    public Func<ModelDescriptor, long> Measure { get; set; } = descriptor => descriptor.Bytes;

    /// <summary>The trunk that a model shares with others. Default: none.</summary>
    public Func<ModelDescriptor, string?> TrunkOf { get; set; } = _ => null;

    /// <summary>Private bytes of each trunk.</summary>
    public long TrunkBytes { get; set; }

    public IReadOnlyList<TrunkStatus> Trunks =>
        [.. _heads.Where(heads => heads.Value > 0)
            .Select(heads => new TrunkStatus(heads.Key, TrunkBytes, heads.Value))];

    /// <summary>Whether a model's mapped files are in memory. Default: yes.</summary>
    public Func<ModelDescriptor, bool> IsResident { get; set; } = _ => true;

    /// <summary>What of its mapped files is in memory. Default: all, or none for one that isn't resident.</summary>
    public Func<ModelDescriptor, PageUse?> PagesOf { get; set; } = _ => null;

    /// <summary>Models that were asked to read their mapped files.</summary>
    public ConcurrentQueue<string> Prefetched { get; } = new();

    /// <summary>How long a model takes to load again. Default: not known.</summary>
    public Func<ModelDescriptor, TimeSpan?> ReloadTime { get; set; } = _ => null;

    public PageUse? Pages { get; set; }

    /// <summary>Runs when a backend is disposed.</summary>
    public Action<ModelDescriptor> OnDispose { get; set; } = _ => { };

    public int Created => Volatile.Read(ref _created);

    public int Disposed => Volatile.Read(ref _disposed);

    public int Live => Created - Disposed;

    /// <summary>What the cache did wrong; must stay empty.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    public async Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken)
    {
        if (await OnCreate(descriptor) is { } refusal)
        {
            return refusal;
        }

        if (Reserves(descriptor) is > 0 and var bytes)
        {
            Reserved.Enqueue(await allowance.ReserveAsync(bytes, cancellationToken));
            if (OnReserved(descriptor) is { } late)
            {
                return late;
            }
        }

        Interlocked.Increment(ref _created);
        if (TrunkOf(descriptor) is { } trunk)
        {
            _heads.AddOrUpdate(trunk, 1, (_, heads) => heads + 1);
        }

        return new FakeBackend(this, descriptor);
    }

    /// <summary>Asserts on a second dispose, on a dispose in use, and on any use after it.</summary>
    public sealed class FakeBackend(FakeBackends owner, ModelDescriptor descriptor) : IBackend
    {
        private int _disposed;
        private int _uses;

        public string Type => owner.Type;

        public bool TakesTensors => false;

        public int MaxBatch => 1;

        public long PrivateBytes { get; set; } = owner.Measure(descriptor);

        public string? Trunk { get; } = owner.TrunkOf(descriptor);

        public TimeSpan? ReloadTime { get; } = owner.ReloadTime(descriptor);

        public bool IsResident => owner.IsResident(descriptor);

        public PageUse? Pages => owner.PagesOf(descriptor) ?? new PageUse(descriptor.Bytes, IsResident ? descriptor.Bytes : 0);

        public void Prefetch() => owner.Prefetched.Enqueue(descriptor.Name.Value);

        public bool IsDisposed => Volatile.Read(ref _disposed) > 0;

        public long RunBytes(int images) => 0;

        public ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
            ImageBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Use()
        {
            Interlocked.Increment(ref _uses);
            if (IsDisposed)
            {
                owner.Violations.Enqueue($"{descriptor} was used after its dispose.");
            }

            Interlocked.Decrement(ref _uses);
        }

        public void Dispose()
        {
            if (Interlocked.Increment(ref _disposed) > 1)
            {
                owner.Violations.Enqueue($"{descriptor} was disposed twice.");
            }

            if (Volatile.Read(ref _uses) > 0)
            {
                owner.Violations.Enqueue($"{descriptor} was disposed while it was in use.");
            }

            if (Trunk is not null)
            {
                owner._heads.AddOrUpdate(Trunk, 0, (_, heads) => heads - 1);
            }

            Interlocked.Increment(ref owner._disposed);
            owner.OnDispose(descriptor);
        }
    }
}
