using Microsoft.Extensions.Logging;
using ServerlessMme.Azure.Jobs;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Azure.Queues;

/// <summary>
/// Answers messages: groups what they ask for by model, so that a model is leased once for many drops, and runs each
/// group. What cannot be read goes to the poison queue at once, with the reason. What is part of a job is counted
/// there. Thread-safe.
/// </summary>
public sealed class MessageProcessor(
    BatchClassifier classifier,
    IImageSource images,
    ILabelSink labels,
    PoisonMessages poison,
    JobMessages jobs,
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
        var wanted = new List<Wanted>();
        for (var i = 0; i < messages.Count; i++)
        {
            try
            {
                wanted.AddRange(await ReadAsync(messages[i], i, cancellationToken));
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
                await RunAsync(group.Key, [.. group], cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException
                || !cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning(exception, "Images of {Model} failed and will be tried again", group.Key.Model);
                foreach (var item in group)
                    failures[item.Place] = exception;
            }
        }

        return failures;
    }

    private async Task<IEnumerable<Wanted>> ReadAsync(
        IncomingMessage message, int place, CancellationToken cancellationToken)
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
        return parsed.Requests.Select(request => new Wanted(
            isRetry ? request with { SkipLabelled = true } : request, message, place, parsed.Refusals));
    }

    private async Task RefuseAsync(
        IncomingMessage message, IReadOnlyList<Refusal> refusals, CancellationToken cancellationToken)
    {
        logger.LogWarning(
            "A message goes to the poison queue: {Code}: {Reason}", refusals[0].Code, refusals[0].Message);
        await poison.AddAsync(
            message, [.. refusals.Select(r => new PoisonReason(r.Code.ToString(), r.Message))], cancellationToken);
    }

    private async Task RunAsync(ClassifyRequest kind, Wanted[] wanted, CancellationToken cancellationToken)
    {
        var job = await jobs.FindAsync(kind.Job, kind.Model, cancellationToken);
        if (job is { IsStopped: true })
        {
            await SettleAsync(job, wanted, cancellationToken);
            return;
        }

        var names = wanted.SelectMany(item => item.Request.Images).Distinct(StringComparer.Ordinal).ToList();
        var run = new TrackedRun(images, labels, job);
        var counts = await classifier.RunAsync(kind with { Images = names }, run, run, cancellationToken);
        logger.LogInformation(
            "{Model}: {Done} labelled, {Refused} refused, {Skipped} current already",
            kind.Model, counts.Done, counts.Refused, counts.Skipped);
        if (job is not null)
            await jobs.RecordAsync(job, wanted.Select(item => (item.Digest, item.ShardOf(run))), cancellationToken);
    }

    private async Task SettleAsync(Job job, Wanted[] wanted, CancellationToken cancellationToken)
    {
        var shards = new List<(string Digest, JobShard Shard)>();
        foreach (var item in wanted)
        {
            shards.Add((item.Digest, await jobs.SettleAsync(
                job, item.Request, item.Refusals.Count, item.Message.Tries > 1, cancellationToken)));
        }

        await jobs.RecordAsync(job, shards, cancellationToken);
        logger.LogInformation("{Count} messages of job {Job}, which is stopped, are left alone", wanted.Length, job.Id);
    }

    /// <summary>What a message asks for.</summary>
    /// <param name="Place">The message's place in its group.</param>
    /// <param name="Refusals">What else the message names, and cannot be asked for.</param>
    private sealed record Wanted(
        ClassifyRequest Request, IncomingMessage Message, int Place, IReadOnlyList<Refusal> Refusals)
    {
        public string Digest => MessageDigest.Of(Message.Body);

        public JobShard ShardOf(TrackedRun run) => run.ShardOf(
            Request.Prefix is null ? Request.Images : null,
            [.. Refusals.Select(refusal => RefusedImage.Of("", refusal))]);
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
