using System.Collections.Concurrent;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>
/// The manifests of published models. Reading one takes the download of its artifact, so each version is read once, and
/// a list reads only some of those that are missing. Thread-safe.
/// </summary>
internal sealed class ModelManifests(IModelCatalog catalog, TimeProvider time)
{
    private const int MaxKept = 2000;
    private const int MaxReads = 64;
    private const int Parallelism = 4;
    private const long MaxListedBytes = 32 << 20;

    // The list must not wait for slow downloads. The next one has what this one could not read.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2.5);

    private readonly ConcurrentDictionary<(string Name, string Version), Outcome<ModelFacts>> _kept = new();

    /// <summary>What the artifact says; a refusal when it breaks the contract.</summary>
    public async Task<Outcome<ModelFacts>> ReadAsync(ModelDescriptor model, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(KeyOf(model), out var kept))
        {
            return kept;
        }

        var read = await FetchAsync(model, cancellationToken);
        if (_kept.Count >= MaxKept)
        {
            _kept.Clear();
        }

        return _kept[KeyOf(model)] = read;
    }

    /// <summary>Reads some manifests that <see cref="Find"/> will then have. Failures leave them out.</summary>
    public async Task PrepareAsync(IEnumerable<ModelDescriptor> models, CancellationToken cancellationToken)
    {
        var missing = models
            .Where(model => model.Bytes <= MaxListedBytes && !_kept.ContainsKey(KeyOf(model))).Take(MaxReads).ToList();
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await Parallel.ForEachAsync(
                missing,
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = either.Token },
                async (model, stopping) => await TryReadAsync(model, stopping));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time is up.
        }
    }

    /// <summary>What was read of this version before; null if it wasn't, or was refused.</summary>
    public ModelFacts? Find(ModelDescriptor model) =>
        _kept.TryGetValue(KeyOf(model), out var kept) && kept.TryGet(out var facts, out _) ? facts : null;

    private async Task TryReadAsync(ModelDescriptor model, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(model, cancellationToken);
        }
        catch (IOException)
        {
            // Replaced meanwhile, or the disk is full: the list goes without it.
        }
    }

    private async Task<Outcome<ModelFacts>> FetchAsync(ModelDescriptor model, CancellationToken cancellationToken)
    {
        if (!(await catalog.FetchAsync(model, cancellationToken)).TryGet(out var files, out var refusal))
        {
            return refusal;
        }

        var json = await File.ReadAllBytesAsync(files.ManifestPath, cancellationToken);
        return ManifestReader.Read(model.Name, json).TryGet(out var manifest, out refusal)
            ? new ModelFacts(files.Digest, json, manifest.Labels)
            : refusal;
    }

    private static (string, string) KeyOf(ModelDescriptor model) => ((model.Target ?? model.Name).Value, model.Version);
}

/// <summary>What a model's artifact says.</summary>
/// <param name="Manifest">As it is published, UTF-8.</param>
internal sealed record ModelFacts(string Digest, ReadOnlyMemory<byte> Manifest, IReadOnlyList<string> Labels);
