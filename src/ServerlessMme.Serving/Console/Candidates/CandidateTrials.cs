using System.Collections.Concurrent;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Truth;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Candidates;

/// <summary>
/// Lets a candidate score a sample of a model's images, as <c>mme candidate</c> does. Writes nothing. Models are loaded
/// for the first comparison, so a console that compares nothing has no models in memory. Thread-safe.
/// </summary>
internal sealed class CandidateTrials(
    IModelCatalog catalog, ModelCache cache, IDropListing drops, ITruthStore truths, CandidateComparer comparer,
    BatchClassifier classifier, TimeProvider time) : IDisposable
{
    private const int MaxKept = 8;

    // The page requests the cells of a comparison one by one. New images may arrive in the meantime.
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<Trial, (IReadOnlyList<ComparedImage> Images, long At)> _kept = new();
    private readonly SemaphoreSlim _scoring = new(1);

    /// <summary>Finds both models, and loads the candidate.</summary>
    /// <exception cref="ConsoleException">The models can't be compared.</exception>
    public async Task<Trial> CheckAsync(ModelName model, ModelName candidate, CancellationToken cancellationToken)
    {
        var published = await catalog.FindAsync(model, cancellationToken);
        if (published is null or { LacksTarget: true, Members: null })
        {
            throw ConsoleException.NotFound(
                $"No model is published as '{model}', so there are no answers to compare with.");
        }

        if (published.Members is not null)
        {
            throw ConsoleException.Of(ModelGroup.RefuseOne(model));
        }

        var acquired = await cache.AcquireAsync(candidate, null, cancellationToken);
        if (acquired.Refusal is { } refusal)
        {
            throw refusal.Code == ErrorCode.ModelNotFound
                ? ConsoleException.NotFound($"No model '{candidate}' is published.")
                : new ConsoleException(409, refusal.Code.ToString(), refusal.Message);
        }

        using var lease = acquired.Lease!;
        var version = lease.Model.Descriptor.Version;
        return published.Version == version
            ? throw new ConsoleException(
                409, "SameModel", $"'{model}' and '{candidate}' are the same version. Choose another candidate.")
            : new Trial(model, published.Version, candidate, version);
    }

    /// <summary>Returns the sample's images with both answers; empty if the model has no images.</summary>
    /// <param name="advance">Called once for each image that is scored, from any thread.</param>
    /// <exception cref="ModelReplacedException">The model was replaced in the meantime.</exception>
    public async Task<IReadOnlyList<ComparedImage>> RunAsync(
        Trial trial, Action advance, CancellationToken cancellationToken)
    {
        // One at a time: the next call may compare the same models and find the result.
        await _scoring.WaitAsync(cancellationToken);
        try
        {
            if (_kept.TryGetValue(trial, out var kept) && time.GetElapsedTime(kept.At) < Age)
            {
                return kept.Images;
            }

            var images = await CompareAsync(trial, advance, cancellationToken);
            if (images.Count > 0)
            {
                Keep(trial, images);
            }

            return images;
        }
        finally
        {
            _scoring.Release();
        }
    }

    public void Dispose() => _scoring.Dispose();

    private void Keep(Trial trial, IReadOnlyList<ComparedImage> images)
    {
        if (_kept.Count >= MaxKept)
        {
            _kept.TryRemove(_kept.MinBy(each => each.Value.At).Key, out _);
        }

        _kept[trial] = (images, time.GetTimestamp());
    }

    private async Task<IReadOnlyList<ComparedImage>> CompareAsync(
        Trial trial, Action advance, CancellationToken cancellationToken)
    {
        var sample = await ComparisonSample.DrawAsync(
            drops, truths, trial.Model, trial.Version, _ => null, ComparisonSample.DefaultSize, cancellationToken);
        if (sample.Images.Count == 0)
        {
            return [];
        }

        var comparison = await comparer.RunAsync(
            sample, trial.Model, isPublished: true, trial.Candidate, classifier, advance, cancellationToken);
        var now = await catalog.FindAsync(trial.Model, cancellationToken);
        return now?.Version == trial.Version
            ? comparison.Images
            : throw new ModelReplacedException(trial.Model, trial.Version);
    }
}

/// <summary>A published model and a candidate, each in one version.</summary>
internal sealed record Trial(ModelName Model, string Version, ModelName Candidate, string CandidateVersion);
