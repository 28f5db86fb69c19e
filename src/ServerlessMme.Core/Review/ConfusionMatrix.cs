namespace ServerlessMme.Core.Review;

/// <summary>Counts the labels that the model gave to the images of each label.</summary>
public sealed class ConfusionMatrix
{
    private readonly Dictionary<(int Truth, int Label), int> _counts = [];
    private readonly int[] _support;
    private readonly int[] _answers;

    /// <param name="labels">The number of labels.</param>
    public ConfusionMatrix(int labels, IEnumerable<Answer> answers)
    {
        (_support, _answers) = (new int[labels], new int[labels]);
        foreach (var answer in answers)
        {
            var pair = (answer.Truth, answer.Label);
            _counts[pair] = _counts.GetValueOrDefault(pair) + 1;
            _support[answer.Truth]++;
            _answers[answer.Label]++;
        }
    }

    /// <summary>All pairs that occur, most frequent first, then in the order of the labels.</summary>
    public IReadOnlyList<Confusion> Pairs => [.. _counts
        .Select(pair => new Confusion(pair.Key.Truth, pair.Key.Label, pair.Value))
        .OrderByDescending(pair => pair.Count).ThenBy(pair => pair.Truth).ThenBy(pair => pair.Label)];

    /// <summary>
    /// Returns the number of images of label <paramref name="truth"/> that the model labeled as
    /// <paramref name="label"/>.
    /// </summary>
    public int Count(int truth, int label) => _counts.GetValueOrDefault((truth, label));

    /// <summary>Returns precision, recall and F1 of a label.</summary>
    public LabelFigures Figures(int label) => new(label, Count(label, label), _support[label], _answers[label]);
}

/// <summary>How often the model gave a label to images with one correct label.</summary>
public readonly record struct Confusion(int Truth, int Label, int Count);

/// <summary>How well the model recognizes one label.</summary>
/// <param name="Hits">Images of the label with this answer.</param>
/// <param name="Support">Images of the label.</param>
/// <param name="Answers">Images with this answer.</param>
public readonly record struct LabelFigures(int Label, int Hits, int Support, int Answers)
{
    /// <summary>Share of images with this answer that are of the label; null if there are none.</summary>
    public Proportion? Precision => Proportion.Of(Hits, Answers);

    /// <summary>Share of the label's images with this answer; null if there are none.</summary>
    public Proportion? Recall => Proportion.Of(Hits, Support);

    /// <summary>
    /// Harmonic mean of precision and recall; null if the label is neither correct nor given for any image.
    /// </summary>
    public double? F1 => Support + Answers == 0 ? null : 2.0 * Hits / (Support + Answers);
}
