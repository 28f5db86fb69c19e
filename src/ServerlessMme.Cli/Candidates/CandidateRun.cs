using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Candidates;

/// <summary>Compares a candidate with the published model.</summary>
internal static class CandidateRun
{
    /// <param name="services">Services of the storage account.</param>
    /// <param name="model">The name whose images are compared. It need not have a published model.</param>
    /// <param name="most">Maximum number of images to draw; null for all.</param>
    /// <exception cref="CommandException">The candidate cannot be compared.</exception>
    public static async Task<CandidateResult> RunAsync(
        IServiceProvider services,
        ModelName model,
        CandidateModel candidate,
        int? most,
        CancellationToken cancellationToken)
    {
        var published = await OneModel.FindAsync(services, model, cancellationToken);
        using var lease = await candidate.AcquireAsync(cancellationToken);
        if (published is not null && !candidate.IsFolder && published.Version == lease.Model.Descriptor.Version)
        {
            throw new CommandException(
                ExitCodes.Usage, $"'{model}' and '{candidate.Name}' are the same model. Specify another candidate.");
        }

        var output = lease.Model.Manifest.Output.Task;
        var spell = output == OutputTask.Multi
            ? _ => null
            : await SpellingAsync(services, model, lease.Model.Manifest.Labels, cancellationToken);
        var sample = await ComparisonSample.DrawAsync(
            services.GetRequiredService<IDropListing>(),
            services.GetRequiredService<ITruthStore>(),
            model,
            published?.Version,
            spell,
            most,
            cancellationToken);
        var drawn = sample.Images;
        if (drawn.Count == 0)
        {
            throw new CommandException(
                ExitCodes.NotFound,
                published is null
                    ? $"No model '{model}' is published, and '{model.ImagesContainer}' has no images. 'mme models "
                        + "list' lists the published models."
                    : $"'{model.ImagesContainer}' has no images to compare. Drop some, for example with 'mme submit'.");
        }

        var steps = drawn.Count + (published is null ? 0 : drawn.Count(image => image.Before is null));
        var comparison = await StepProgress.RunAsync("image", steps, advance =>
            services.GetRequiredService<CandidateComparer>().RunAsync(
                sample, model, published is not null, candidate.Name, candidate.Classifier, advance,
                cancellationToken));
        var now = await services.GetRequiredService<IModelCatalog>().FindAsync(model, cancellationToken);
        if (now?.Version != published?.Version)
        {
            throw new CommandException(
                ExitCodes.Failed, $"Model '{model}' was replaced during the comparison. Run the command again.");
        }

        return new CandidateResult(
            model,
            published?.Version,
            candidate.Text,
            lease.Model.Descriptor.Version,
            lease.Model.Digest,
            services.GetRequiredService<TimeProvider>().GetUtcNow(),
            sample.Archives,
            drawn.Count(image => image.Before is not null),
            output == OutputTask.Multi,
            comparison);
    }

    /// <summary>
    /// Returns a function that maps a correct label to a model's spelling, or to null if neither model has the label.
    /// </summary>
    private static async Task<Func<string, string?>> SpellingAsync(
        IServiceProvider services, ModelName model, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        using var published = await services.GetRequiredService<ModelCache>()
            .AcquireAsync(model, null, cancellationToken);
        IReadOnlyList<string> all =
            [.. labels.Concat(published.Lease?.Model.Manifest.Labels ?? []).Distinct(StringComparer.Ordinal)];
        var match = new LabelMatch(all);
        return label => match.Find(label) is { } index ? all[index] : null;
    }
}

/// <summary>The result of a comparison.</summary>
/// <param name="PublishedVersion">Null if nothing is published under the name.</param>
/// <param name="Archives">Archives in the container, whose entries are not compared.</param>
/// <param name="FromLabels">Images whose published answer came from their label.</param>
/// <param name="IsMulti">
/// True if the candidate can give an image several labels. The comparison doesn't use correct labels in that case.
/// </param>
internal sealed record CandidateResult(
    ModelName Model,
    string? PublishedVersion,
    string Candidate,
    string CandidateVersion,
    string CandidateDigest,
    DateTimeOffset ComparedAt,
    long Archives,
    int FromLabels,
    bool IsMulti,
    Comparison Comparison);
