using ServerlessMme.Azure.Storage;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Azure.Queues;

/// <summary>Puts batch messages on <c>classify</c>, as many images in each as fit. Thread-safe.</summary>
public sealed class BatchSender(StorageAccount account)
{
    /// <summary>Images in one message: enough to spare messages, few enough to share work.</summary>
    public const int MaxImages = 100;

    // Base64 makes four bytes of three, and the whole must stay below the queue's 64 KiB.
    private const int MaxJsonBytes = 44 * 1024;
    private const int FixedBytes = 512;

    /// <summary>Asks for labels of the images.</summary>
    /// <param name="version">The model version that was seen published; null when none was.</param>
    public async Task SendAsync(
        ModelName model, IReadOnlyList<string> images, string? version, string? job, CancellationToken cancellationToken)
    {
        foreach (var group in Split(images))
        {
            var message = new BatchMessage(model.Value, group, null, job, version);
            await account.Classify.SendMessageAsync(
                Convert.ToBase64String(message.ToJson()), cancellationToken: cancellationToken);
        }
    }

    /// <summary>Groups of names that each fit into one message.</summary>
    internal static IEnumerable<IReadOnlyList<string>> Split(IReadOnlyList<string> images)
    {
        var group = new List<string>();
        var bytes = FixedBytes;
        foreach (var image in images)
        {
            // An escaped character takes at most 6 bytes; quotes and comma take 3.
            var size = (image.Length * 6) + 3;
            if (group.Count > 0 && (group.Count == MaxImages || bytes + size > MaxJsonBytes))
            {
                yield return group;
                group = [];
                bytes = FixedBytes;
            }

            group.Add(image);
            bytes += size;
        }

        if (group.Count > 0)
            yield return group;
    }
}
