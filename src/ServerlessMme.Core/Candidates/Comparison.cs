using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Candidates;

/// <summary>The changes to expect if a candidate replaced the published model.</summary>
/// <param name="Images">All compared images, by name.</param>
/// <param name="Agreement">Sampled images with the same answer from both; null if nothing is published.</param>
/// <param name="Known">Figures for the images whose correct label is known; null if none is.</param>
/// <param name="Changes">
/// All pairs of answers among the sampled images, unchanged ones too; most frequent first.
/// </param>
/// <param name="Before">Null if nothing is published.</param>
public sealed record Comparison(
    IReadOnlyList<ComparedImage> Images,
    Proportion? Agreement,
    KnownFigures? Known,
    IReadOnlyList<AnswerChange> Changes,
    IReadOnlyList<LabelSwap> Swaps,
    AnswerRates? Before,
    AnswerRates After)
{
    /// <summary>
    /// The images whose answer changed: first those that the candidate breaks, then those that it repairs, then the
    /// rest; the candidate's most confident answers first.
    /// </summary>
    public IEnumerable<ComparedImage> Changed => Images.Where(image => image.IsChanged)
        .OrderBy(image => image.Truth is null ? 3
            : image.Truth == image.Before!.Answer ? 0
            : image.Truth == image.After.Answer ? 1 : 2)
        .ThenByDescending(image => image.After.Score);

    /// <param name="images">At least one.</param>
    public static Comparison Of(IReadOnlyList<ComparedImage> images)
    {
        var sampled = images.Where(image => image.IsSampled).ToList();
        var compared = sampled.Where(image => image.Before is not null).ToList();
        var changes = compared.CountBy(image => (image.Before!.Answer, image.After.Answer))
            .Select(pair => new AnswerChange(pair.Key.Item1, pair.Key.Item2, pair.Value))
            .OrderByDescending(change => change.Count)
            .ThenBy(change => change.From, StringComparer.Ordinal).ThenBy(change => change.To, StringComparer.Ordinal)
            .ToList();
        return new Comparison(
            [.. images.OrderBy(image => image.Image, StringComparer.Ordinal)],
            Proportion.Of(compared.Count(image => !image.IsChanged), compared.Count),
            KnownFigures.Of(images),
            changes,
            LabelSwap.Find(images.Where(image => image.Before is not null)
                .CountBy(image => (image.Before!.Answer, image.After.Answer))
                .Select(pair => new AnswerChange(pair.Key.Item1, pair.Key.Item2, pair.Value))),
            AnswerRates.Of([.. compared.Select(image => image.Before!)]),
            AnswerRates.Of([.. sampled.Select(image => image.After)])
                ?? AnswerRates.Of([.. images.Select(image => image.After)])!);
    }
}

/// <summary>How many answers are unsure or refusals.</summary>
public sealed record AnswerRates(Proportion Unsure, Proportion Refused)
{
    /// <summary>Computes the rates. Returns null if there are no answers.</summary>
    public static AnswerRates? Of(IReadOnlyList<GivenAnswer> answers) => answers.Count == 0
        ? null
        : new AnswerRates(
            new Proportion(answers.Count(answer => answer.IsUnsure), answers.Count),
            new Proportion(answers.Count(answer => answer.IsRefusal), answers.Count));
}
