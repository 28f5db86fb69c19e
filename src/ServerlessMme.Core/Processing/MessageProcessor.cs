using System.Diagnostics;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tracing;

namespace ServerlessMme.Core.Processing;

/// <summary>
/// Answers messages. Groups requests of one kind, so a model is leased once for many drops, and passes each group to
/// <see cref="RequestRunner"/>. An unreadable message goes to the poison queue at once, with its reason. Thread-safe.
/// </summary>
public sealed class MessageProcessor(RequestRunner runner, PoisonWriter poison, ILogger<MessageProcessor> logger)
{
    /// <summary>
    /// Number of groups of one batch that run in parallel. Memory limits their work, not this number.
    /// </summary>
    private const int GroupsAtOnce = 8;

    /// <summary>
    /// Number of listings of one batch that run in parallel. If they ran one at a time, the last of 32 would wait for
    /// hours.
    /// </summary>
    private const int ListingsAtOnce = 4;

    /// <summary>
    /// Answers the messages. Returns one item per message: null if the message is answered, or the exception that makes
    /// a retry necessary.
    /// </summary>
    public async Task<IReadOnlyList<Exception?>> ProcessAsync(
        IReadOnlyList<IncomingMessage> messages, CancellationToken cancellationToken)
    {
        var failures = new Exception?[messages.Count];
        await ProcessAsync(
            messages,
            (index, failure) =>
            {
                failures[index] = failure;
                return Task.CompletedTask;
            },
            cancellationToken);
        return failures;
    }

    /// <summary>Answers the messages, and reports each as soon as all of its parts are done.</summary>
    /// <param name="done">
    /// Takes the message's index, and null or the exception that makes a retry necessary. Called once per message,
    /// possibly in parallel.
    /// </param>
    public async Task ProcessAsync(
        IReadOnlyList<IncomingMessage> messages, Func<int, Exception?, Task> done, CancellationToken cancellationToken)
    {
        var work = new MessageWork[messages.Count];
        using var unfinished = new OpenSpans(work);
        var parts = new List<MessagePart>();
        for (var i = 0; i < messages.Count; i++)
        {
            work[i] = new MessageWork();
            var read = Read(messages[i], i, work[i].Refusals).ToList();
            work[i].Span = MessagingSpans.StartProcess(messages[i], read.Select(part => part.Request));
            parts.AddRange(read);
        }

        var groups = parts.GroupBy(part => part.Request with { Images = [] }, RequestKind.Instance)
            .ToLookup(group => group.Key.TakesLong);
        foreach (var index in groups.SelectMany(kind => kind).SelectMany(Indices))
        {
            work[index].Groups++;
        }

        for (var i = 0; i < messages.Count; i++)
        {
            if (work[i].Groups == 0)
            {
                await FinishAsync(i);
            }
        }

        // In parallel, so one large image or slow model doesn't delay the others. Archives and the listings of jobs run
        // last: they take longest, and no single image should wait for them.
        await Parallel.ForEachAsync(groups[false], AtMost(GroupsAtOnce), RunAsync);

        // One archive at a time, because each holds its model for a long time, and memory may fit only one model.
        await Task.WhenAll(
            Parallel.ForEachAsync(groups[true].Where(group => group.Key.IsRescore), AtMost(ListingsAtOnce), RunAsync),
            Parallel.ForEachAsync(groups[true].Where(group => !group.Key.IsRescore), AtMost(1), RunAsync));

        ParallelOptions AtMost(int count) =>
            new() { MaxDegreeOfParallelism = count, CancellationToken = cancellationToken };

        async ValueTask RunAsync(IGrouping<ClassifyRequest, MessagePart> group, CancellationToken stopping)
        {
            var batch = MessagingSpans.StartBatch(
                group.Key.Model.Value, [.. Indices(group).Select(index => work[index].Span).OfType<Activity>()]);
            try
            {
                await runner.RunAsync(group.Key, [.. group], stopping);
            }
            catch (NoSuchModelException exception) when (group.Key.Job is null)
            {
                batch.Fail(exception);
                foreach (var index in Indices(group))
                {
                    work[index].Add(exception.Refusal);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException
                || !cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning(exception, "Images of {Model} failed and will be retried", group.Key.Model);
                batch.Fail(exception);
                foreach (var index in Indices(group))
                {
                    work[index].Failure = exception;
                }
            }
            finally
            {
                batch?.Dispose();
            }

            // In parallel, because in an outage each message waits for the retries of the storage client.
            await Task.WhenAll(Indices(group)
                .Where(index => Interlocked.Decrement(ref work[index].Groups) == 0)
                .Select(FinishAsync));
        }

        async Task FinishAsync(int index)
        {
            // Made current, so deleting the message is part of its trace.
            using var span = work[index].Resume();
            var failure = await RefuseAsync(messages[index], work[index].Refusals, cancellationToken)
                ?? work[index].Failure;
            if (failure is not null)
            {
                span.Fail(failure);
            }
            else if (work[index].Refusals is [var refusal, ..])
            {
                span?.SetTag(Spans.ErrorCode, refusal.Code.ToString()).SetStatus(ActivityStatusCode.Error);
            }

            await done(index, failure);
        }
    }

    private static IEnumerable<int> Indices(IEnumerable<MessagePart> group) =>
        group.Select(part => part.Index).Distinct();

    private static IEnumerable<MessagePart> Read(IncomingMessage message, int index, List<Refusal> refusals)
    {
        if (!MessageParser.Parse(message.Body).TryGet(out var parsed, out var refusal))
        {
            refusals.Add(refusal);
            return [];
        }

        refusals.AddRange(parsed.Refusals);
        return MessagePart.Split(parsed, message, index);
    }

    /// <summary>
    /// Copies a message to the poison queue if parts of it were refused. Copies it only once, because the rest of the
    /// message may be retried for other reasons. Returns the exception if copying fails.
    /// </summary>
    private async Task<Exception?> RefuseAsync(
        IncomingMessage message, List<Refusal> refusals, CancellationToken cancellationToken)
    {
        try
        {
            if (refusals.Count == 0 || await poison.HasReasonAsync(message, cancellationToken))
            {
                return null;
            }

            logger.LogWarning(
                "Copying a message to the poison queue: {Code}: {Reason}", refusals[0].Code, refusals[0].Message);
            await poison.AddAsync(
                message,
                [.. refusals.Select(r => new PoisonReason(r.Code.ToString(), r.Message))],
                cancellationToken);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return exception;
        }
    }

    /// <summary>Treats requests that differ only in their images as equal, so they can run together.</summary>
    private sealed class RequestKind : IEqualityComparer<ClassifyRequest>
    {
        public static readonly RequestKind Instance = new();

        public bool Equals(ClassifyRequest? x, ClassifyRequest? y) => Key(x!) == Key(y!);

        public int GetHashCode(ClassifyRequest obj) => Key(obj).GetHashCode();

        private static (string, string?, string?, string?, string?, bool, bool) Key(ClassifyRequest r) =>
            (r.Model.Value, r.Prefix, r.Archive, r.Job, r.Version, r.SkipLabeled, r.IsRescore);
    }

    /// <summary>Ends the spans of messages left unfinished by a cancellation.</summary>
    private sealed class OpenSpans(MessageWork?[] work) : IDisposable
    {
        public void Dispose()
        {
            foreach (var each in work)
            {
                each?.Span?.Dispose();
            }
        }
    }

    /// <summary>A message's progress.</summary>
    private sealed class MessageWork
    {
        /// <summary>Number of groups that are not done.</summary>
        public int Groups;

        public List<Refusal> Refusals { get; } = [];

        public Exception? Failure { get; set; }

        /// <summary>The message's span; null if nothing records it.</summary>
        public Activity? Span { get; set; }

        /// <summary>Makes the message's span the current one.</summary>
        public Activity? Resume()
        {
            if (Span is not null)
            {
                Activity.Current = Span;
            }

            return Span;
        }

        public void Add(Refusal refusal)
        {
            lock (Refusals)
            {
                Refusals.Add(refusal);
            }
        }
    }
}
