using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Drift;

/// <summary>The counts of one window's labels.</summary>
public sealed class WindowCounts
{
    /// <summary>Bins of the score histogram, all of the same width from 0 to 1.</summary>
    public const int Bins = 10;

    private readonly int[] _scores = new int[Bins];
    private readonly Dictionary<string, int> _versions = new(StringComparer.Ordinal);

    /// <summary>Images with an answer.</summary>
    public int Answers { get; private set; }

    /// <summary>Images that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>All images.</summary>
    public int Images => Answers + Refused;

    /// <summary>Answers that have a score. Earlier releases didn't write scores into the metadata.</summary>
    public int Scored { get; private set; }

    /// <summary>Unsure answers among those with a score.</summary>
    public int Unsure { get; private set; }

    /// <summary>Scores outside 0 to 1, which are not probabilities. No bin includes them.</summary>
    public int Unbounded { get; private set; }

    /// <summary>Images whose label replaced a label of another model version.</summary>
    public int Replaced { get; private set; }

    /// <summary>Number of answers per bin of the score histogram.</summary>
    public IReadOnlyList<int> Scores => _scores;

    /// <summary>Mean of the scores from 0 to 1; null if there are none.</summary>
    public double? MeanScore => Scored == Unbounded ? null : _sum / (Scored - Unbounded);

    private double _sum;

    /// <summary>The model versions with their numbers of images, most images first.</summary>
    public IReadOnlyList<DriftVersion> Versions =>
    [
        .. _versions.Select(pair => new DriftVersion(pair.Key, pair.Value))
            .OrderByDescending(version => version.Images).ThenBy(version => version.Version, StringComparer.Ordinal),
    ];

    internal void Add(StoredAnswer answer)
    {
        if (answer.ModelVersion is not (null or LabelStamp.NoModel))
        {
            _versions[answer.ModelVersion] = _versions.GetValueOrDefault(answer.ModelVersion) + 1;
        }

        Replaced += answer.Previous is null ? 0 : 1;
        if (answer.Error is not null)
        {
            Refused++;
            return;
        }

        Answers++;
        if (answer.Score is not { } score)
        {
            return;
        }

        Scored++;
        Unsure += answer.IsUnsure ? 1 : 0;
        if (score is >= 0 and <= 1)
        {
            _scores[Math.Min((int)(score * Bins), Bins - 1)]++;
            _sum += score;
        }
        else
        {
            Unbounded++;
        }
    }
}

/// <summary>A model version and the number of images that it answered or refused in a window.</summary>
/// <param name="Version">The artifact blob's ETag.</param>
public sealed record DriftVersion(string Version, int Images);
