using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Candidates;

/// <summary>
/// A candidate that scores a share of a model's live drops in the background, stored as
/// <c>jobs/shadows/{model}.json</c>. Its answers are counted and don't become labels.
/// </summary>
/// <param name="Candidate">A published model.</param>
/// <param name="Share">Share of the drops to score, above 0 and at most 1.</param>
/// <param name="Limit">Maximum number of images to score.</param>
/// <param name="Run">Separates this run's counts from those of earlier ones.</param>
/// <param name="StoppedAt">Null while the shadow is running.</param>
public sealed record Shadow(
    ModelName Model,
    ModelName Candidate,
    double Share,
    long Limit,
    string Run,
    string By,
    DateTimeOffset StartedAt,
    DateTimeOffset? StoppedAt = null);

/// <summary>The candidate's and the published model's answers, as counted by one process or by all.</summary>
/// <param name="Scored">Images with both answers.</param>
/// <param name="Agreed">Images with the same answer from both.</param>
/// <param name="Changes">Pairs of answers, including equal ones. The published model's answer comes first.</param>
/// <param name="Examples">Some of the images whose answers differ.</param>
public sealed record ShadowTally(
    long Scored, long Agreed, IReadOnlyList<AnswerChange> Changes, IReadOnlyList<ShadowExample> Examples)
{
    /// <summary>Maximum number of pairs that a tally counts separately; others count in the totals only.</summary>
    public const int MaxChanges = 1000;

    /// <summary>Maximum number of images that a tally lists.</summary>
    public const int MaxExamples = 50;

    public static readonly ShadowTally Nothing = new(0, 0, [], []);

    /// <summary>False for a tally that this application can't have written.</summary>
    internal bool IsValid => Agreed >= 0 && Agreed <= Scored && Scored <= int.MaxValue
        && Changes.All(change => change is { From: not null, To: not null, Count: > 0 } && change.Count <= Scored)
        && Examples.All(example => example is not null);

    /// <summary>Share of the scored images with the same answer from both; null before the first image.</summary>
    public Proportion? Agreement => Scored == 0
        ? null
        : new Proportion((int)Math.Min(Agreed, int.MaxValue), (int)Math.Min(Scored, int.MaxValue));

    public ShadowTally Plus(ShadowTally other)
    {
        var counts = new Dictionary<(string?, string), long>();
        foreach (var change in Changes.Concat(other.Changes))
        {
            var pair = (change.From, change.To);
            if (counts.Count < MaxChanges || counts.ContainsKey(pair))
            {
                counts[pair] = counts.GetValueOrDefault(pair) + change.Count;
            }
        }

        return new ShadowTally(
            Scored + other.Scored,
            Agreed + other.Agreed,
            [.. counts.Select(pair => new AnswerChange(pair.Key.Item1, pair.Key.Item2, pair.Value))
                .OrderByDescending(change => change.Count).ThenBy(change => change.From, StringComparer.Ordinal)
                .ThenBy(change => change.To, StringComparer.Ordinal)],
            [.. Examples.Concat(other.Examples).Take(MaxExamples)]);
    }
}

/// <summary>An image that the two models answer differently.</summary>
public sealed record ShadowExample(string Image, string From, string To);
