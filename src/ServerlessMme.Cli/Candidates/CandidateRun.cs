using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Candidates;

/// <summary>One comparison of a candidate with the published model.</summary>
internal static class CandidateRun
{
    /// <summary>Images that are drawn when the user names no number.</summary>
    public const int DefaultSample = 500;

    /// <param name="services">Of the storage account.</param>
    /// <param name="model">The name whose images are compared; a model need not be published under it.</param>
    /// <param name="most">Images to draw; null takes all.</param>
    /// <exception cref="CommandException">The candidate cannot be compared.</exception>
    public static async Task<CandidateResult> RunAsync(
        IServiceProvider services,
        ModelName model,
        CandidateModel candidate,
        int? most,
        CancellationToken cancellationToken)
    {
        var published = await services.GetRequiredService<IModelCatalog>().FindAsync(model, cancellationToken);
        if (published is not null && published.Target == candidate.Name && !candidate.IsFolder)
        {
            throw new CommandException(
                ExitCodes.Usage, $"'{model}' stands for '{candidate.Name}' already, so nothing would change.");
        }

        using var lease = await candidate.AcquireAsync(cancellationToken);
        var sample = await ComparisonSample.DrawAsync(
            services.GetRequiredService<IDropListing>(),
            services.GetRequiredService<ITruthStore>(),
            model,
            published?.Version,
            most,
            cancellationToken);
        var drawn = sample.Images;
        if (drawn.Count == 0)
        {
            throw new CommandException(
                ExitCodes.NotFound,
                $"'{model.ImagesContainer}' has no images to compare with. Drop some, as with 'mme submit'.");
        }

        var steps = drawn.Count + (published is null ? 0 : drawn.Count(image => image.Before is null));
        var comparison = await ImageProgress.RunAsync(steps, advance =>
            services.GetRequiredService<CandidateComparer>().RunAsync(
                sample, model, published is not null, candidate.Name, candidate.Classifier, advance,
                cancellationToken));
        var now = await services.GetRequiredService<IModelCatalog>().FindAsync(model, cancellationToken);
        if (now?.Version != published?.Version)
        {
            throw new CommandException(
                ExitCodes.Failed, $"'{model}' was replaced while the candidate was compared. Run the command again.");
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
            comparison);
    }
}

/// <summary>The result of a comparison.</summary>
/// <param name="PublishedVersion">Null when nothing is published under the name.</param>
/// <param name="Archives">Archives in the container, whose entries are not compared.</param>
/// <param name="FromLabels">Images whose published answer came from their label.</param>
internal sealed record CandidateResult(
    ModelName Model,
    string? PublishedVersion,
    string Candidate,
    string CandidateVersion,
    string CandidateDigest,
    DateTimeOffset ComparedAt,
    long Archives,
    int FromLabels,
    Comparison Comparison);
