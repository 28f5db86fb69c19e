using System.Buffers.Text;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Queues;

/// <summary>
/// Sends batch messages to <c>classify</c>, each with as many images as fit and <see cref="BatchOptions.Size"/> allows.
/// An archive gets its own message. Thread-safe.
/// </summary>
public sealed class BatchSender(MessageQueues queues, IOptions<BatchOptions> options)
{
    // Base64 turns three bytes into four, and a message must stay below 64 KiB.
    private const int MaxJsonBytes = 44 * 1024;
    private const int FixedBytes = 512;
    private const int Parallelism = 8;

    /// <summary>Maximum number of images per message.</summary>
    public int Size => options.Value.Size;

    /// <summary>Requests labels for the images.</summary>
    /// <param name="version">The model version that was published; null if there was none.</param>
    public Task<long> SendAsync(
        ModelName model,
        IReadOnlyList<string> images,
        string? version,
        string? job,
        CancellationToken cancellationToken) => images.Count == 0
            ? Task.FromResult(0L)
            : SendAsync(model, images.ToAsyncEnumerable(), version, job, cancellationToken);

    /// <summary>Requests labels for the images as they arrive. Returns their number.</summary>
    public async Task<long> SendAsync(
        ModelName model,
        IAsyncEnumerable<string> images,
        string? version,
        string? job,
        CancellationToken cancellationToken)
    {
        using var span = MessagingSpans.StartSend();
        return await SendAsync(
            new ClassifyRequest(model, [], null, job, version, Trace: TraceContext.Current),
            images,
            span,
            cancellationToken);
    }

    /// <summary>Requests labels for a request's images in new messages. Returns their number.</summary>
    public async Task<long> SendPartsAsync(
        ClassifyRequest request, IAsyncEnumerable<string> images, CancellationToken cancellationToken)
    {
        using var span = MessagingSpans.StartSend();
        return await SendAsync(Traced(request), images, span, cancellationToken);
    }

    /// <summary>Sends a request again. The message becomes visible after the delay.</summary>
    public async Task SendAgainAsync(ClassifyRequest request, TimeSpan delay, CancellationToken cancellationToken)
    {
        using var span = MessagingSpans.StartSend();
        await SendAsync(MessageOf(Traced(request), request.Images), delay, cancellationToken);
        span?.SetTag(MessagingSpans.MessageCount, 1);
    }

    /// <summary>
    /// Sends the message that makes a worker list a re-scoring job's images and send its other messages.
    /// </summary>
    public Task SendRescoreAsync(ModelName model, string job, CancellationToken cancellationToken) => SendAgainAsync(
        new ClassifyRequest(model, [], null, job, IsRescore: true, Trace: TraceContext.Current),
        TimeSpan.Zero,
        cancellationToken);

    /// <summary>Returns the texts of messages that request labels for the images.</summary>
    internal async Task<IReadOnlyList<string>> CreateAsync(
        ModelName model,
        IReadOnlyList<string> images,
        string? version,
        string? job,
        CancellationToken cancellationToken)
    {
        var request = new ClassifyRequest(model, [], null, job, version, Trace: TraceContext.Current);
        return await SplitAsync(images.ToAsyncEnumerable(), Size, cancellationToken)
            .Select(group => Encoding.UTF8.GetString(MessageOf(request, group).ToJson()))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Sends messages unchanged.</summary>
    internal async Task SendAsync(IReadOnlyList<string> messages, CancellationToken cancellationToken)
    {
        using var span = MessagingSpans.StartSend();
        await Parallel.ForEachAsync(
            messages,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (text, stopping) => await SendAsync(Encoding.UTF8.GetBytes(text), TimeSpan.Zero, stopping));
        span?.SetTag(MessagingSpans.MessageCount, messages.Count);
    }

    /// <summary>Returns groups of names that each fit into one message.</summary>
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

    /// <summary>
    /// Returns the request with a trace. A job's message keeps exactly the trace that it came with, even none: the job
    /// counts messages by their text, and would count this one twice if a second try sent another text.
    /// </summary>
    private static ClassifyRequest Traced(ClassifyRequest request) =>
        request is { Trace: null, Job: null } ? request with { Trace = TraceContext.Current } : request;

    private async Task<long> SendAsync(
        ClassifyRequest request,
        IAsyncEnumerable<string> images,
        Activity? span,
        CancellationToken cancellationToken)
    {
        var count = 0L;
        var messages = 0;
        await Parallel.ForEachAsync(
            SplitAsync(images, Size, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (group, stopping) =>
            {
                await SendAsync(MessageOf(request, group), TimeSpan.Zero, stopping);
                Interlocked.Add(ref count, group.Count);
                Interlocked.Increment(ref messages);
            });
        span?.SetTag(MessagingSpans.MessageCount, messages);
        return count;
    }

    private static BatchMessage MessageOf(ClassifyRequest request, IReadOnlyList<string> images) => new(
        request.Model.Value,
        request.IsRescore ? null : images,
        null,
        request.Job,
        request.Version,
        request.Trace?.Parent,
        request.Trace?.State,
        request.IsRescore ? true : null);

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
