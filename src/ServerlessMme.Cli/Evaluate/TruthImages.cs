using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Review;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>The images in storage that have a stored correct label.</summary>
internal sealed class TruthImages : IEvaluationImages
{
    private readonly ModelName _owner;
    private readonly IImageSource _source;
    private readonly List<KnownImage> _known;

    private TruthImages(ModelName owner, IImageSource source, List<KnownImage> known)
    {
        _owner = owner;
        _source = source;
        _known = known;
    }

    /// <param name="owner">The model whose containers have the images and their correct labels.</param>
    /// <exception cref="CommandException">No image has a correct label.</exception>
    public static async Task<TruthImages> ListAsync(
        IServiceProvider services, ModelName owner, CancellationToken cancellationToken)
    {
        var known = await services.GetRequiredService<ITruthStore>().ListAsync(owner, cancellationToken)
            .ToListAsync(cancellationToken);
        return known.Count > 0
            ? new TruthImages(owner, services.GetRequiredService<IImageSource>(), known)
            : throw new CommandException(
                ExitCodes.NotFound,
                $"No image of '{owner}' has a correct label. 'mme truth import' and 'mme truth set' store "
                + "correct labels.");
    }

    public LabeledImages Match(ModelName model, IReadOnlyList<string> labels)
    {
        var match = new LabelMatch(labels);
        var truths = new Dictionary<string, int>(StringComparer.Ordinal);
        var unknown = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var entries = 0;
        foreach (var known in _known)
        {
            if (ArchiveName.OfEntry(known.Image) is not null)
            {
                entries++;
            }
            else if (match.Find(known.Label) is { } index)
            {
                truths.Add(known.Image, index);
            }
            else
            {
                unknown[known.Label] = unknown.GetValueOrDefault(known.Label) + 1;
            }
        }

        if (truths.Count == 0)
        {
            throw new CommandException(
                ExitCodes.Usage,
                unknown.Count == 0
                    ? $"All correct labels of '{_owner}' belong to images in archives, which 'mme evaluate' leaves out."
                    : $"None of the correct labels of '{_owner}' is a label of '{model}'. Correct labels: "
                        + $"{Counted.Names(unknown.Keys)}. Labels: {Counted.Names(labels)}.");
        }

        return new LabeledImages(
            new CandidateImages(_source, _owner), [.. truths.Keys.Select(image => (image, image))], truths)
        {
            UnknownLabels = [.. unknown.Select(pair => new UnknownLabel(pair.Key, pair.Value))],
            ArchiveEntries = entries,
            Container = _owner.ImagesContainer,
        };
    }
}
