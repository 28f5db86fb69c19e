using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Queues;

namespace ServerlessMme.Functions;

/// <summary>Labels what a message on the queue <c>classify</c> asks for: blob-created events, or a batch.</summary>
public sealed class ClassifyQueued(MessageRunner runner)
{
    // As text, and not as QueueMessage: how often it was taken comes beside it from every host.
    [Function(nameof(ClassifyQueued))]
    public Task RunAsync(
        [QueueTrigger(StorageAccount.ClassifyQueue)] string message,
        FunctionContext context,
        CancellationToken cancellationToken) =>
        runner.RunAsync(new IncomingMessage(BinaryData.FromString(message), TriesOf(context)), cancellationToken);

    private static long TriesOf(FunctionContext context) =>
        context.BindingContext.BindingData.TryGetValue("DequeueCount", out var count)
        && long.TryParse(count?.ToString(), out var tries)
            ? tries
            : 1;
}
