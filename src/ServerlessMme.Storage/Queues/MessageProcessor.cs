using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Storage.Archives;
using ServerlessMme.Storage.Jobs;

namespace ServerlessMme.Storage.Queues;

/// <summary>
/// Answers messages: groups what they ask for by model, so that a model is leased once for many drops, and runs each
/// group. What cannot be read goes to the poison queue at once, with the reason. What is part of a job is counted
/// there. Thread-safe.
/// </summary>
public sealed class MessageProcessor(
    BatchClassifier classifier,
    IImageSource images,
    ILabelSink labels,
    PoisonWriter poison,
    JobTracker jobs,
    BatchSender sender,
    ArchiveMessages archives,
    QueueMetrics metrics,
    ILogger<MessageProcessor> logger)
{
    // How long a message waits for an archive that another worker has in hand.
    private static readonly TimeSpan TakenDelay = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Answers the messages. The result has, for each, null when it is answered, or what was thrown: such a message
    /// must be tried again.
    /// </summary>
    public async Task<IReadOnlyList<Exception?>> ProcessAsync(
        IReadOnlyList<IncomingMessage> messages, CancellationToken cancellationToken)
    {
        var failures = new Exception?[messages.Count];
        var parts = new List<MessagePart>();
        for (var i = 0; i < messages.Count; i++)
        {
            try
            {
                parts.AddRange(await ReadAsync(messages[i], i, cancellationToken));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failures[i] = exception;
            }
        }

        // Archives last: they take longest, and nobody's single image should wait for them.
        foreach (var group in parts.OrderBy(item => item.Request.Archive is not null)
            .GroupBy(item => item.Request with { Images = [] }, RequestKind.Instance))
        {
            try
            {
                await RunAsync(group.Key, [.. group], cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException
                || !cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning(exception, "Images of {Model} failed and will be tried again", group.Key.Model);
                foreach (var item in group)
                {
                    failures[item.Index] = exception;
                }
            }
        }

        return failures;
    }

    private async Task<IEnumerable<MessagePart>> ReadAsync(
        IncomingMessage message, int place, CancellationToken cancellationToken)
    {
        if (!MessageParser.Parse(message.Body.ToMemory()).TryGet(out var parsed, out var refusal))
        {
            await RefuseAsync(message, [refusal], cancellationToken);
            return [];
        }

        // The rest of the message may be tried again for its own reasons; what is refused is given up once.
        if (parsed.Refusals.Count > 0 && !await poison.HasReasonAsync(message, cancellationToken))
        {
            await RefuseAsync(message, parsed.Refusals, cancellationToken);
        }

        return MessagePart.Split(parsed, message, place);
    }

    private async Task RefuseAsync(
        IncomingMessage message, IReadOnlyList<Refusal> refusals, CancellationToken cancellationToken)
    {
        logger.LogWarning(
            "A message goes to the poison queue: {Code}: {Reason}", refusals[0].Code, refusals[0].Message);
        await poison.AddAsync(
            message, [.. refusals.Select(r => new PoisonReason(r.Code.ToString(), r.Message))], cancellationToken);
    }

    private async Task RunAsync(ClassifyRequest kind, MessagePart[] parts, CancellationToken cancellationToken)
    {
        var job = await jobs.FindAsync(kind.Job, kind.Model, cancellationToken);
        if (job is { IsStopped: true })
        {
            await jobs.SettleAsync(job, parts, cancellationToken);
            return;
        }

        if (kind.Archive is not null && parts.Any(item => item.IsAlone))
        {
            await RunArchiveAsync(parts[0].Request, job, parts, cancellationToken);
            return;
        }

        // What is more than a message should ask for is shared: to list it is short work, and archives are long.
        if (kind.Archive is not null)
        {
            await ShareAsync(kind, parts[0].Request.Images.ToAsyncEnumerable(), cancellationToken);
            return;
        }

        if (kind.Prefix is not null)
        {
            await ShareAsync(kind, images.ListAsync(kind.Model, kind.Prefix, cancellationToken), cancellationToken);
            return;
        }

        foreach (var large in parts.Where(item => item.Request.Images.Count > sender.Size))
        {
            await ShareAsync(kind, large.Request.Images.ToAsyncEnumerable(), cancellationToken);
        }

        parts = [.. parts.Where(item => item.Request.Images.Count <= sender.Size)];
        if (parts.Length == 0)
        {
            return;
        }

        var names = parts.SelectMany(item => item.Request.Images).Distinct(StringComparer.Ordinal).ToList();
        var run = new JobRecorder(images, labels, job);
        var counts = await classifier.RunAsync(kind with { Images = names }, run, run, cancellationToken);
        metrics.RecordRefused(counts.Refused);
        logger.LogInformation(
            "{Model}: {Done} labelled, {Refused} refused, {Skipped} current already",
            kind.Model, counts.Done, counts.Refused, counts.Skipped);
        if (job is not null)
        {
            await jobs.RecordAsync(job, parts.Select(item => (item.ShardName, item.ShardOf(run))), cancellationToken);
        }
    }

    private async Task RunArchiveAsync(
        ClassifyRequest request, Job? job, MessagePart[] parts, CancellationToken cancellationToken)
    {
        try
        {
            var (state, counts) = await archives.RunAsync(request, cancellationToken);
            metrics.RecordRefused(counts.Refused);
            // Of a paused one, the message that goes on with it is counted, which has the same text.
            if (job is not null && state != ArchiveState.Paused)
            {
                await jobs.RecordArchiveAsync(job, parts, state, cancellationToken);
            }
        }
        catch (ArchiveTakenException taken)
        {
            // Whoever was first has a message of its own for it, which stays until the archive is answered. That one
            // may be of no job: the job's own looks again later. And where this one was taken before, whoever was
            // first may hold this very message, and have nothing left of it if it dies.
            logger.LogInformation("{Reason}", taken.Message);
            if (job is not null || parts.Any(item => item.IsRetry))
            {
                await sender.SendLaterAsync(request, TakenDelay, cancellationToken);
            }
        }
    }

    private async Task ShareAsync(
        ClassifyRequest kind, IAsyncEnumerable<string> names, CancellationToken cancellationToken)
    {
        var count = await sender.SendAsync(kind.Model, names, kind.Version, kind.Job, cancellationToken);
        logger.LogInformation("{Model}: {Count} images are asked for in smaller messages", kind.Model, count);
    }

    /// <summary>Requests that differ in their images only can run as one.</summary>
    private sealed class RequestKind : IEqualityComparer<ClassifyRequest>
    {
        public static readonly RequestKind Instance = new();

        public bool Equals(ClassifyRequest? x, ClassifyRequest? y) => Key(x!) == Key(y!);

        public int GetHashCode(ClassifyRequest obj) => Key(obj).GetHashCode();

        private static (string, string?, string?, string?, string?, bool) Key(ClassifyRequest r) =>
            (r.Model.Value, r.Prefix, r.Archive, r.Job, r.Version, r.SkipLabelled);
    }
}
