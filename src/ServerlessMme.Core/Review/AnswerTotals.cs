namespace ServerlessMme.Core.Review;

/// <summary>Counts answers by label, refusal and score, in constant memory. Not thread-safe.</summary>
public sealed class AnswerTotals
{
    /// <summary>
    /// Maximum number of answers to count separately. Models that give an image several labels may return more.
    /// </summary>
    public const int MaxAnswers = 10_000;

    /// <summary>Bins of equal width from 0 to 1.</summary>
    public const int BinCount = 20;

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly long[] _scores = new long[BinCount];

    /// <summary>Answers by label.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Refusals by code.</summary>
    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>Answers by score. The last bin includes 1.</summary>
    public IReadOnlyList<long> Scores => _scores;

    public long Unsure { get; private set; }

    public long Refused { get; private set; }

    public long Changed { get; private set; }

    public void Add(StoredAnswer answer)
    {
        Unsure += answer.IsUnsure ? 1 : 0;
        Changed += answer.IsChanged ? 1 : 0;
        if (answer.Answer is { } label)
        {
            Count(_counts, label);
        }
        else
        {
            Refused++;
            Count(_errors, answer.Error ?? "");
        }

        if (answer.Score is { } score)
        {
            _scores[Math.Clamp((int)(score * BinCount), 0, BinCount - 1)]++;
        }
    }

    private static void Count(Dictionary<string, long> counts, string key)
    {
        if (counts.Count < MaxAnswers || counts.ContainsKey(key))
        {
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
    }
}
