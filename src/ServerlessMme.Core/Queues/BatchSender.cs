using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Puts batch messages on <c>classify</c>, each with as many images as fit and <see cref="BatchOptions.Size"/> allows.
/// An archive gets a message of its own. Thread-safe.
/// </summary>
public sealed class BatchSender(MessageQueues queues, IOptions<BatchOptions> options)
{
    // Base64 makes four bytes of three, and a message must stay below 64 KiB.
    private const int MaxJsonBytes = 44 * 1024;
    private const int FixedBytes = 512;
    private const int Parallelism = 8;

    /// <summary>The most images in one message.</summary>
    public int Size => options.Value.Size;

    /// <summary>Requests labels for the images.</summary>
    /// <param name="version">The model version that was seen published; null when none was.</param>
    public Task<long> SendAsync(
        ModelName model,
        IReadOnlyList<string> images,
        string? version,
        string? job,
        CancellationToken cancellationToken) =>
        SendAsync(model, images.ToAsyncEnumerable(), version, job, cancellationToken);

    /// <summary>Requests labels for the images as they come. Returns how many there were.</summary>
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
                await SendAsync(new BatchMessage(model.Value, group, null, job, version), TimeSpan.Zero, stopping);
                Interlocked.Add(ref count, group.Count);
            });
        return count;
    }

    /// <summary>Sends a request again, to become visible after the delay.</summary>
    public Task SendLaterAsync(ClassifyRequest request, TimeSpan delay, CancellationToken cancellationToken) =>
        request.IsRescore
            ? SendRescoreAsync(request.Model, request.Job!, delay, cancellationToken)
            : SendAsync(
                new BatchMessage(request.Model.Value, request.Images, null, request.Job, request.Version),
                delay,
                cancellationToken);

    /// <summary>Requests that a re-scoring job's images be listed and sent.</summary>
    public Task SendRescoreAsync(
        ModelName model, string job, TimeSpan delay, CancellationToken cancellationToken) =>
        SendAsync(new BatchMessage(model.Value, null, null, job, Rescore: true), delay, cancellationToken);

    /// <summary>The texts of the messages that request labels for the images.</summary>
    internal async Task<IReadOnlyList<string>> CreateAsync(
        ModelName model,
        IReadOnlyList<string> images,
        string? version,
        string? job,
        CancellationToken cancellationToken) =>
        await SplitAsync(images.ToAsyncEnumerable(), Size, cancellationToken)
            .Select(group => Encoding.UTF8.GetString(new BatchMessage(model.Value, group, null, job, version).ToJson()))
            .ToListAsync(cancellationToken);

    /// <summary>Sends messages as they were created.</summary>
    internal Task SendAsync(IReadOnlyList<string> messages, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            messages,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (text, stopping) => await SendAsync(Encoding.UTF8.GetBytes(text), TimeSpan.Zero, stopping));

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

    private Task SendAsync(BatchMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        SendAsync(message.ToJson(), delay, cancellationToken);

    private Task SendAsync(byte[] json, TimeSpan delay, CancellationToken cancellationToken)
    {
        // The Functions host expects base64.
        var body = new byte[Base64.GetMaxEncodedToUtf8Length(json.Length)];
        Base64.EncodeToUtf8(json, body, out _, out var written);
        return queues.Classify.SendAsync(body.AsMemory(0, written), delay, cancellationToken);
    }
}
