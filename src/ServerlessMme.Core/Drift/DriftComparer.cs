using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Core.Drift;

/// <summary>Counts a model's answers in two windows, from one listing of its labels. Thread-safe.</summary>
public sealed class DriftComparer(AnswerListing answers, IDocumentStore documents)
{
    /// <summary>Returns the time by the clock that dates labels, because this machine's clock may be wrong.</summary>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => documents.NowAsync(cancellationToken);

    /// <summary>Counts the labels of both windows. Failures of storage are thrown.</summary>
    public async Task<DriftCounts> CountAsync(
        ModelName model, DriftWindows windows, CancellationToken cancellationToken)
    {
        var counts = new DriftCounts(windows);
        await foreach (var answer in answers.ListAsync(
            model, new AnswerFilter(), readsLabels: false, _ => { }, cancellationToken))
        {
            counts.Add(answer);
        }

        return counts;
    }
}
