using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Answers messages. Requests of one kind are grouped, so a model is leased once for many drops, and each group goes to
/// <see cref="RequestRunner"/>. A message that cannot be read goes to the poison queue at once, with its reason.
/// Thread-safe.
/// </summary>
public sealed class MessageProcessor(RequestRunner runner, PoisonWriter poison, ILogger<MessageProcessor> logger)
{
    /// <summary>
    /// Answers the messages. The result has one item per message: null when it is answered, or the exception for which
    /// it must be tried again.
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

        // Archives run last. They take longest, and no single image should wait for them.
        foreach (var group in parts.OrderBy(part => part.Request.Archive is not null)
            .GroupBy(part => part.Request with { Images = [] }, RequestKind.Instance))
        {
            try
            {
                await runner.RunAsync(group.Key, [.. group], cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException
                || !cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning(exception, "Images of {Model} failed and will be tried again", group.Key.Model);
                foreach (var part in group)
                {
                    failures[part.Index] = exception;
                }
            }
        }

        return failures;
    }

    private async Task<IEnumerable<MessagePart>> ReadAsync(
        IncomingMessage message, int index, CancellationToken cancellationToken)
    {
        if (!MessageParser.Parse(message.Body).TryGet(out var parsed, out var refusal))
        {
            await RefuseAsync(message, [refusal], cancellationToken);
            return [];
        }

        // The rest of the message may be tried again for other reasons; refused names go to the poison queue once.
        if (parsed.Refusals.Count > 0 && !await poison.HasReasonAsync(message, cancellationToken))
        {
            await RefuseAsync(message, parsed.Refusals, cancellationToken);
        }

        return MessagePart.Split(parsed, message, index);
    }

    private async Task RefuseAsync(
        IncomingMessage message, IReadOnlyList<Refusal> refusals, CancellationToken cancellationToken)
    {
        logger.LogWarning(
            "A message goes to the poison queue: {Code}: {Reason}", refusals[0].Code, refusals[0].Message);
        await poison.AddAsync(
            message, [.. refusals.Select(r => new PoisonReason(r.Code.ToString(), r.Message))], cancellationToken);
    }

    /// <summary>Requests that differ only in their images can run as one.</summary>
    private sealed class RequestKind : IEqualityComparer<ClassifyRequest>
    {
        public static readonly RequestKind Instance = new();

        public bool Equals(ClassifyRequest? x, ClassifyRequest? y) => Key(x!) == Key(y!);

        public int GetHashCode(ClassifyRequest obj) => Key(obj).GetHashCode();

        private static (string, string?, string?, string?, string?, bool) Key(ClassifyRequest r) =>
            (r.Model.Value, r.Prefix, r.Archive, r.Job, r.Version, r.SkipLabelled);
    }
}
