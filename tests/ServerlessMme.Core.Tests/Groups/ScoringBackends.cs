using System.Collections.Concurrent;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Tests.Groups;

/// <summary>Backends whose scores depend on model, version and image. Thread-safe.</summary>
internal sealed class ScoringBackends : IBackendFactory
{
    private int _live;

    public ScoringBackends() => Remote = new RemoteBackends(this);

    public string Type => "onnx";

    public RemoteBackends Remote { get; }

    public int Live => Volatile.Read(ref _live);

    /// <summary>Most backends that were in memory at once.</summary>
    public int MostLive;

    public int MaxBatch { get; set; } = 16;

    /// <summary>False makes all members score an image alike.</summary>
    public bool ScoresByName { get; set; } = true;

    /// <summary>Runs when a model is loaded: a refusal, or null.</summary>
    public Func<ModelDescriptor, Refusal?> OnCreate { get; set; } = _ => null;

    /// <summary>Runs when a model scores an image: a refusal, or null.</summary>
    public Func<string, int, Refusal?> OnScore { get; set; } = (_, _) => null;

    /// <summary>Every scoring of an image, as <c>name@version</c>.</summary>
    public ConcurrentQueue<string> Scored { get; } = new();

    /// <summary>Models that were asked to read their mapped files.</summary>
    public ConcurrentQueue<string> Prefetched { get; } = new();

    /// <summary>Runs that members shared, by what they had in common.</summary>
    public ConcurrentDictionary<SharedRuns, int> Shared { get; } = new();

    public Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken) =>
        Task.FromResult(Create(descriptor, takesTensors: true));

    private Outcome<IBackend> Create(ModelDescriptor descriptor, bool takesTensors)
    {
        if (OnCreate(descriptor) is { } refusal)
        {
            return refusal;
        }

        var live = Interlocked.Increment(ref _live);
        InterlockedMax(ref MostLive, live);
        return new Backend(this, descriptor, takesTensors);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
        {
            Interlocked.CompareExchange(ref target, value, seen);
        }
    }

    public sealed class RemoteBackends(ScoringBackends owner) : IBackendFactory
    {
        public string Type => "sagemaker";

        public Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
            LoadAllowance allowance, CancellationToken cancellationToken) =>
            Task.FromResult(owner.Create(descriptor, takesTensors: false));
    }

    private sealed class Backend(ScoringBackends owner, ModelDescriptor descriptor, bool takesTensors) : IBackend
    {
        public string Type => takesTensors ? "onnx" : "sagemaker";

        public bool TakesTensors => takesTensors;

        public int MaxBatch => takesTensors ? owner.MaxBatch : 2;

        public long PrivateBytes => descriptor.Bytes;

        public long RunBytes(int images) => images;

        public void Prefetch() => owner.Prefetched.Enqueue(descriptor.Name.Value);

        public ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
            ImageBatch batch, CancellationToken cancellationToken)
        {
            if (batch.Images.Count > MaxBatch)
            {
                throw new InvalidOperationException("The batch is too large.");
            }

            if (batch.Shared is { } shared)
            {
                owner.Shared.AddOrUpdate(shared, 1, (_, count) => count + 1);
            }

            var outcomes = new List<Outcome<float[]>>();
            for (var i = 0; i < batch.Images.Count; i++)
            {
                var value = takesTensors
                    ? batch.Tensors!.Row(i)[0]
                    : int.Parse(System.Text.Encoding.UTF8.GetString(batch.Images[i].Bytes.Span));
                owner.Scored.Enqueue($"{descriptor.Name}@{descriptor.Version}");
                var name = owner.ScoresByName ? $"{descriptor.Name}@{descriptor.Version}" : "";
                var first = (float)(Hash(name) + value) % 1000 / 1000;
                outcomes.Add(owner.OnScore(descriptor.Name.Value, value) is { } refusal
                    ? refusal
                    : new[] { first, 1 - first });
            }

            return new ValueTask<IReadOnlyList<Outcome<float[]>>>(outcomes);
        }

        public void Dispose() => Interlocked.Decrement(ref owner._live);

        private static int Hash(string text) => text.Aggregate(7, (hash, c) => ((hash * 31) + c) % 1000);
    }
}
