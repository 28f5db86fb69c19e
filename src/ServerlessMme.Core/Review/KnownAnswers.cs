using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Review;

/// <summary>
/// A model's images whose correct labels are known, each with the model's answer, and how often label and answer agree.
/// Thread-safe.
/// </summary>
internal sealed class KnownAnswers
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Known> _images = new(StringComparer.Ordinal);
    private readonly HashSet<string> _decided = new(StringComparer.Ordinal);
    private int _right;
    private int _answered;

    /// <summary>Images with a correct label and an answer, excluding refusals.</summary>
    public ReviewAccuracy Accuracy
    {
        get
        {
            lock (_gate)
            {
                return new ReviewAccuracy(_right, _answered);
            }
        }
    }

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _images.Count == 0;
            }
        }
    }

    /// <summary>Returns the correct label, or null if unknown.</summary>
    public string? TruthOf(string image)
    {
        lock (_gate)
        {
            return _images.GetValueOrDefault(image).Truth;
        }
    }

    /// <summary>Adds a correct label from a listing, unless a person has changed it since the listing began.</summary>
    public void LoadTruth(string image, string truth)
    {
        lock (_gate)
        {
            if (!_decided.Contains(image))
            {
                Put(image, new Known(truth, null));
            }
        }
    }

    /// <summary>Adds an answer from a listing, if the image's correct label is known.</summary>
    /// <param name="answer">The model's answer; null for a refusal.</param>
    public void LoadAnswer(string image, string? answer)
    {
        lock (_gate)
        {
            if (!_decided.Contains(image) && _images.TryGetValue(image, out var known))
            {
                Put(image, known with { Answer = answer });
            }
        }
    }

    /// <summary>Adds a person's decision.</summary>
    /// <param name="truth">The correct label; null if it was withdrawn.</param>
    /// <param name="answer">The model's answer, or null for a refusal.</param>
    public void Decide(string image, string? truth, string? answer)
    {
        lock (_gate)
        {
            _decided.Add(image);
            if (truth is not null)
            {
                Put(image, new Known(truth, answer));
            }
            else if (_images.Remove(image, out var known))
            {
                Count(known, -1);
            }
        }
    }

    private void Put(string image, Known known)
    {
        Count(_images.GetValueOrDefault(image), -1);
        Count(_images[image] = known, 1);
    }

    private void Count(Known known, int by)
    {
        if (known.Answer is { } answer)
        {
            _answered += by;
            _right += LabelStamp.AreSame(answer, known.Truth) ? by : 0;
        }
    }

    private readonly record struct Known(string Truth, string? Answer);
}

/// <summary>How many of the answers that people checked are right.</summary>
public readonly record struct ReviewAccuracy(int Right, int Images)
{
    /// <summary>The share of right answers with its interval; null if there are no images.</summary>
    public Proportion? Share => Proportion.Of(Right, Images);
}
