using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Hosting;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>
/// The manifests of published models. Reading one means downloading its artifact, so a few are read at a time, in the
/// background, and only once per version. Thread-safe.
/// </summary>
internal sealed class ModelManifests(IModelCatalog catalog, TimeProvider time, ILogger<ModelManifests> logger)
    : IDisposable
{
    private const int MaxPrepared = 64;
    private const int SmallReads = 4;
    private const int LargeReads = 2;
    private const long MaxSmallBytes = 32 << 20;
    private const long MaxKeptBytes = 64 << 20;

    // The list must not wait for slow downloads. A later list includes the missing manifests.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan FailureAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Name, string Version), ManifestRead> _kept = new();
    private readonly ConcurrentDictionary<(string Name, string Version), Lazy<Task<ManifestRead>>> _running = new();
    private readonly SemaphoreSlim _small = new(SmallReads);
    private readonly SemaphoreSlim _large = new(LargeReads);
    private readonly CancellationTokenSource _stopping = new();
    private long _keptBytes;

    /// <summary>Reads the manifest from the artifact. The read continues if the caller gives up.</summary>
    public Task<ManifestRead> ReadAsync(ModelDescriptor model, CancellationToken cancellationToken) =>
        Find(model) is { } kept ? Task.FromResult(kept) : Start(model).WaitAsync(cancellationToken);

    /// <summary>
    /// Starts reading some of the manifests that <see cref="Find"/> lacks, except those of large artifacts, and waits
    /// for them briefly.
    /// </summary>
    public async Task PrepareAsync(IEnumerable<ModelDescriptor> models, CancellationToken cancellationToken)
    {
        var reads = models.Where(model => model.Bytes <= MaxSmallBytes && Find(model) is null)
            .Take(MaxPrepared).Select(Start).ToList();
        try
        {
            await Task.WhenAll(reads).WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The reads continue in the background.
        }
    }

    /// <summary>
    /// Returns the result for this version; null if it hasn't been read, or if reading failed some time ago.
    /// </summary>
    public ManifestRead? Find(ModelDescriptor model) =>
        _kept.GetValueOrDefault(KeyOf(model)) is { } kept
        && (kept.FailedAt is not { } failedAt || time.GetElapsedTime(failedAt) < FailureAge)
            ? kept
            : null;

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private Task<ManifestRead> Start(ModelDescriptor model) =>
        _running.GetOrAdd(KeyOf(model), _ => new Lazy<Task<ManifestRead>>(() => RunAsync(model))).Value;

    private async Task<ManifestRead> RunAsync(ModelDescriptor model)
    {
        // Large artifacts have their own queue, so small ones don't wait behind them.
        var turns = model.Bytes <= MaxSmallBytes ? _small : _large;
        try
        {
            await turns.WaitAsync(_stopping.Token);
            try
            {
                return Keep(model, await TryFetchAsync(model));
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            _running.TryRemove(KeyOf(model), out _);
        }
    }

    private ManifestRead Keep(ModelDescriptor model, ManifestRead read)
    {
        var bytes = read.Facts?.Manifest.Length ?? 0;
        if (Interlocked.Add(ref _keptBytes, bytes) > MaxKeptBytes)
        {
            Interlocked.Exchange(ref _keptBytes, bytes);
            _kept.Clear();
        }

        return _kept[KeyOf(model)] = read;
    }

    private async Task<ManifestRead> TryFetchAsync(ModelDescriptor model)
    {
        using var limit = new CancellationTokenSource(MaxTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        try
        {
            return await FetchAsync(model, either.Token);
        }
        catch (ModelReplacedException)
        {
            // The next list has the new version.
            return new ManifestRead(null, null, time.GetTimestamp());
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            logger.LogWarning(exception, "The manifest of model {Model} could not be read", model.Name);
            return new ManifestRead(null, Explain(exception), time.GetTimestamp());
        }
    }

    private async Task<ManifestRead> FetchAsync(ModelDescriptor model, CancellationToken cancellationToken)
    {
        if (!(await catalog.FetchAsync(model, cancellationToken)).TryGet(out var files, out var refusal))
        {
            return new ManifestRead(null, refusal.Message, null);
        }

        var json = await File.ReadAllBytesAsync(files.ManifestPath, cancellationToken);
        return ManifestReader.Read(model.Name, json).TryGet(out var manifest, out refusal)
            ? new ManifestRead(new ModelFacts(files.Digest, json, manifest.Labels), null, null)
            : new ManifestRead(null, refusal.Message, null);
    }

    private static string Explain(Exception exception) => exception is OperationCanceledException
        ? $"The artifact could not be read within {MaxTime.TotalMinutes:0} minutes."
        : "The artifact could not be read. "
            + (ErrorText.Explain(exception)?.Text ?? "The console's log contains the reason.");

    private static (string, string) KeyOf(ModelDescriptor model) => ((model.Target ?? model.Name).Value, model.Version);
}

/// <summary>The facts about a model's artifact, or why there are none.</summary>
/// <param name="Facts">Null if the artifact could not be read or is invalid.</param>
/// <param name="Problem">
/// Why there are no facts, for people; null if the version was replaced in the meantime.
/// </param>
/// <param name="FailedAt">Timestamp of a transient failure; null otherwise.</param>
internal sealed record ManifestRead(ModelFacts? Facts, string? Problem, long? FailedAt);

/// <summary>The facts in a model's artifact.</summary>
/// <param name="Manifest">As published, in UTF-8.</param>
internal sealed record ModelFacts(string Digest, ReadOnlyMemory<byte> Manifest, IReadOnlyList<string> Labels);
