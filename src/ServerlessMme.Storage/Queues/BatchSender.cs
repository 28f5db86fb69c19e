using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Storage.Queues;

/// <summary>
/// Puts batch messages on <c>classify</c>, as many images in each as fit and <see cref="BatchOptions.Size"/> allows.
/// An archive has a message of its own. Thread-safe.
/// </summary>
public sealed class BatchSender(StorageAccount account, IOptions<BatchOptions> options)
{
    // Base64 makes four bytes of three, and the whole must stay below the queue's 64 KiB.
    private const int MaxJsonBytes = 44 * 1024;
    private const int FixedBytes = 512;
    private const int Parallelism = 8;

    /// <summary>Images in one message, at most.</summary>
    public int Size => options.Value.Size;

    /// <summary>Asks for labels of the images.</summary>
    /// <param name="version">The model version that was seen published; null when none was.</param>
    public Task<long> SendAsync(
        ModelName model,
        IReadOnlyList<string> images,
        string? version,
        string? job,
        CancellationToken cancellationToken) =>
        SendAsync(model, images.ToAsyncEnumerable(), version, job, cancellationToken);

    /// <summary>Asks for labels of the images as they come. Returns how many there were.</summary>
    public async Task<long> SendAsync(
        ModelName model,
        IAsyncEnumerable<string> images,
        string? version,
        string? job,
        CancellationToken cancellationToken)
    {
        var count = 0L;
        await Parallel.ForEachAsync(
            SplitAsync(images, Size, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (group, stopping) =>
            {
                var message = new BatchMessage(model.Value, group, null, job, version);
                await account.Classify.SendMessageAsync(
                    Convert.ToBase64String(message.ToJson()), cancellationToken: stopping);
                Interlocked.Add(ref count, group.Count);
            });
        return count;
    }

    /// <summary>Asks for a request's images once more, after a while.</summary>
    public Task SendLaterAsync(ClassifyRequest request, TimeSpan delay, CancellationToken cancellationToken)
    {
        var message = new BatchMessage(request.Model.Value, request.Images, null, request.Job, request.Version);
        return account.Classify.SendMessageAsync(
            Convert.ToBase64String(message.ToJson()), delay, cancellationToken: cancellationToken);
    }

    /// <summary>Groups of names that each fit into one message.</summary>
    internal static async IAsyncEnumerable<IReadOnlyList<string>> SplitAsync(
        IAsyncEnumerable<string> images, int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var group = new List<string>();
        var bytes = FixedBytes;
        await foreach (var image in images.WithCancellation(cancellationToken))
        {
            if (ArchiveName.IsArchive(image))
            {
                yield return [image];
                continue;
            }

            // An escaped character takes at most 6 bytes; quotes and comma take 3.
            var length = (image.Length * 6) + 3;
            if (group.Count > 0 && (group.Count == size || bytes + length > MaxJsonBytes))
            {
                yield return group;
                group = [];
                bytes = FixedBytes;
            }

            group.Add(image);
            bytes += length;
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }
}
