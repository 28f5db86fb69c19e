using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Reconcile;

/// <summary>
/// Sorts a listing of images, which is ordered by image name, by label name. The two orders differ where one name is
/// the prefix of another: <c>a</c> sorts before <c>a-b</c>, but <c>a.json</c> sorts after <c>a-b.json</c>. Only names
/// that are a prefix of the latest name are held back, so memory use stays small for listings of any length.
/// </summary>
internal static class LabelOrder
{
    public static async IAsyncEnumerable<T> SortAsync<T>(IAsyncEnumerable<T> images, Func<T, string> nameOf)
    {
        var held = new PriorityQueue<T, string>(StringComparer.Ordinal);
        await foreach (var image in images)
        {
            var name = nameOf(image);
            // Every later name, and so its label, sorts after this name, so labels that sort before it are final.
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
