using Microsoft.Extensions.Logging;
using ServerlessMme.Azure.Archives;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Azure.Queues;

/// <summary>
/// Answers messages: groups what they ask for by model, so that a model is leased once for many drops, and runs each
/// group. What cannot be read goes to the poison queue at once, with the reason. Thread-safe.
/// </summary>
public sealed class MessageProcessor(
    BatchClassifier classifier,
    IImageSource images,
    ILabelSink labels,
    PoisonMessages poison,
    BatchSender sender,
    ArchiveMessages archives,
    QueueMetrics metrics,
    ILogger<MessageProcessor> logger)
{
    /// <summary>
    /// Answers the messages. The result has, for each, null when it is answered, or what was thrown: such a message
    /// must be tried again.
    /// </summary>
    public async Task<IReadOnlyList<Exception?>> ProcessAsync(
        IReadOnlyList<IncomingMessage> messages, CancellationToken cancellationToken)
    {
        var failures = new Exception?[messages.Count];
        var wanted = new List<(ClassifyRequest Request, int Message)>();
        for (var i = 0; i < messages.Count; i++)
        {
            try
            {
                foreach (var request in await ReadAsync(messages[i], cancellationToken))
                    wanted.Add((request, i));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                failures[i] = exception;
            }
        }

        // Archives last: they take longest, and nobody's single image should wait for them.
        foreach (var group in wanted.OrderBy(item => item.Request.Archive is not null)
            .GroupBy(item => item.Request with { Images = [] }, RequestKind.Instance))
        {
            try
            {
                await RunAsync(group.Key, [.. group.Select(item => item.Request)], cancellationToken);
            }
            catch (ArchiveTakenException taken)
            {
                // Whoever was first has a message of its own for it, which stays until the archive is answered.
                logger.LogInformation("{Reason}", taken.Message);
            }
            catch (Exception exception) when (exception is not OperationCanceledException
                || !cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning(exception, "Images of {Model} failed and will be tried again", group.Key.Model);
                foreach (var (_, message) in group)
                    failures[message] = exception;
            }
        }

        return failures;
    }

    private async Task<IReadOnlyList<ClassifyRequest>> ReadAsync(
        IncomingMessage message, CancellationToken cancellationToken)
    {
        if (!MessageParser.Parse(message.Body.ToMemory()).TryGet(out var parsed, out var refusal))
        {
            await RefuseAsync(message, [refusal], cancellationToken);
            return [];
        }

        // The rest of the message may be tried again for its own reasons; what is refused is given up once.
        if (parsed.Refusals.Count > 0 && !await poison.HasReasonAsync(message, cancellationToken))
            await RefuseAsync(message, parsed.Refusals, cancellationToken);
        var isRetry = message.Tries > 1;
        return [.. parsed.Requests.SelectMany(SplitArchives)
            .Select(request => isRetry ? request with { SkipLabelled = true } : request)];
    }

    /// <summary>Each archive on its own. This is the one place where a drop's name decides how it is read.</summary>
    private static IEnumerable<ClassifyRequest> SplitArchives(ClassifyRequest request)
    {
        var images = request.Images.Where(image => !ArchiveName.IsArchive(image)).ToList();
        if (images.Count > 0 || request.Prefix is not null)
            yield return request with { Images = images };
        foreach (var archive in request.Images.Where(ArchiveName.IsArchive))
            yield return request with { Images = [archive], Archive = archive };
    }

    private async Task RefuseAsync(
        IncomingMessage message, IReadOnlyList<Refusal> refusals, CancellationToken cancellationToken)
    {
        logger.LogWarning(
            "A message goes to the poison queue: {Code}: {Reason}", refusals[0].Code, refusals[0].Message);
        await poison.AddAsync(
            message, [.. refusals.Select(r => new PoisonReason(r.Code.ToString(), r.Message))], cancellationToken);
    }

    private async Task RunAsync(ClassifyRequest kind, ClassifyRequest[] requests, CancellationToken cancellationToken)
    {
        if (kind.Archive is not null)
        {
            metrics.RecordRefused((await archives.RunAsync(kind, cancellationToken)).Counts.Refused);
            return;
        }

        // What is more than a message should ask for is shared: to list it is short work.
        if (kind.Prefix is not null)
        {
            await ShareAsync(kind, images.ListAsync(kind.Model, kind.Prefix, cancellationToken), cancellationToken);
            return;
        }

        foreach (var large in requests.Where(request => request.Images.Count > sender.Size))
            await ShareAsync(kind, large.Images.ToAsyncEnumerable(), cancellationToken);
        requests = [.. requests.Where(request => request.Images.Count <= sender.Size)];
        if (requests.Length == 0)
            return;
        var names = requests.SelectMany(request => request.Images).Distinct(StringComparer.Ordinal).ToList();
        var counts = await classifier.RunAsync(kind with { Images = names }, images, labels, cancellationToken);
        metrics.RecordRefused(counts.Refused);
        logger.LogInformation(
            "{Model}: {Done} labelled, {Refused} refused, {Skipped} current already",
            kind.Model, counts.Done, counts.Refused, counts.Skipped);
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
