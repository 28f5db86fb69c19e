using System.Collections.Concurrent;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Pipeline;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Remembers the labels that a batch wrote for new drops. Excludes a label that replaces another one of the same bytes,
/// because its image is not new: a new version of the model makes every label stale. Also excludes the labels of
/// groups, which have no candidates and may be large. Thread-safe.
/// </summary>
/// <param name="inner">Observes the batch too; null for none.</param>
internal sealed class WrittenLabels(IBatchObserver? inner) : IBatchObserver
{
    private readonly ConcurrentBag<Label> _labels = [];

    public IReadOnlyCollection<Label> Labels => _labels;

    public bool Accepts(LabelStamp label) => inner?.Accepts(label) != false;

    public void Kept(string image, LabelStamp label) => inner?.Kept(image, label);

    public void Labeled(Label label, LabelStamp? replaced)
    {
        if (replaced is null && label.Model.Members is null)
        {
            _labels.Add(label);
        }

        inner?.Labeled(label, replaced);
    }
}
