using Microsoft.Extensions.Logging;
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

        foreach (var group in wanted.GroupBy(item => item.Request with { Images = [] }, RequestKind.Instance))
        {
            try
            {
                await RunAsync(group.Key, [.. group.Select(item => item.Request)], cancellationToken);
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
        return [.. parsed.Requests.Select(request => isRetry ? request with { SkipLabelled = true } : request)];
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
        var names = requests.SelectMany(request => request.Images).Distinct(StringComparer.Ordinal).ToList();
        var counts = await classifier.RunAsync(kind with { Images = names }, images, labels, cancellationToken);
        metrics.RecordRefused(counts.Refused);
        logger.LogInformation(
            "{Model}: {Done} labelled, {Refused} refused, {Skipped} current already",
            kind.Model, counts.Done, counts.Refused, counts.Skipped);
    }

    /// <summary>Requests that differ in their images only can run as one.</summary>
    private sealed class RequestKind : IEqualityComparer<ClassifyRequest>
    {
        public static readonly RequestKind Instance = new();

        public bool Equals(ClassifyRequest? x, ClassifyRequest? y) => Key(x!) == Key(y!);

        public int GetHashCode(ClassifyRequest obj) => Key(obj).GetHashCode();

        private static (string, string?, string?, string?, bool) Key(ClassifyRequest r) =>
            (r.Model.Value, r.Prefix, r.Job, r.Version, r.SkipLabelled);
    }
}
