




using ServerlessMme.Core.Names;

namespace ServerlessMme.Storage.Reconcile;

/// <summary>
/// Turns a listing of images, sorted by name, into the order of their labels' names. The two differ where one name
/// begins with another: <c>a</c> comes before <c>a-b</c>, but <c>a.json</c> comes after <c>a-b.json</c>.
/// Holds back only names that the newest name begins with, so memory stays small however long the listing is.
/// </summary>
internal static class LabelOrder
{
    public static async IAsyncEnumerable<T> SortAsync<T>(IAsyncEnumerable<T> images, Func<T, string> nameOf)
    {
        var held = new PriorityQueue<T, string>(StringComparer.Ordinal);
        await foreach (var image in images)
        {
            var name = nameOf(image);
            // Later names, and so their labels, are all after this name: what sorts before it can go.
            while (held.TryPeek(out _, out var label) && string.CompareOrdinal(label, name) < 0)
            {
                yield return held.Dequeue();
            }

            held.Enqueue(image, LabelName.Of(name));
        }

        while (held.Count > 0)
        {
            yield return held.Dequeue();
        }
    }
}
