using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Review;

/// <summary>
/// The images of a model whose correct label is known, each with the model's answer, and how often they agree.
/// Thread-safe.
/// </summary>
/// <param name="loadedAt">Timestamp of the clock that its owner uses.</param>
internal sealed class KnownAnswers(long loadedAt)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Known> _images = new(StringComparer.Ordinal);
    private int _right;
    private int _answered;

    public long LoadedAt => loadedAt;

    /// <summary>Images with a correct label and an answer, refusals left out.</summary>
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

    /// <summary>The correct label; null when unknown.</summary>
    public string? TruthOf(string image)
    {
        lock (_gate)
        {
            return _images.GetValueOrDefault(image).Truth;
        }
    }

    /// <param name="answer">The model's answer; null when there is none.</param>
    public void Set(string image, string truth, string? answer)
    {
        lock (_gate)
        {
            Count(_images.GetValueOrDefault(image), -1);
            Count(_images[image] = new Known(truth, answer), 1);
        }
    }

    public void Remove(string image)
    {
        lock (_gate)
        {
            if (_images.Remove(image, out var known))
            {
                Count(known, -1);
            }
        }
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

/// <summary>How many of the answers that a person checked are right.</summary>
public readonly record struct ReviewAccuracy(int Right, int Images)
{
    /// <summary>The share with its interval; null before the first.</summary>
    public Proportion? Share => Proportion.Of(Right, Images);
}
