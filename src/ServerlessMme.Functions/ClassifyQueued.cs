using System.Text;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Requests;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Storage;

namespace ServerlessMme.Functions;

/// <summary>Labels what a message on the queue <c>classify</c> asks for: blob-created events, or a batch.</summary>
public sealed class ClassifyQueued(TriggerRunner runner)
{
    // As text, and not as QueueMessage: how often it was taken comes beside it from every host.
    [Function(nameof(ClassifyQueued))]
    public Task RunAsync(
        [QueueTrigger(StorageAccount.ClassifyQueue)] string message,
        FunctionContext context,
        CancellationToken cancellationToken) =>
        runner.RunMessageAsync(new IncomingMessage(Encoding.UTF8.GetBytes(message), TriesOf(context)), cancellationToken);

    private static long TriesOf(FunctionContext context) =>
        context.BindingContext.BindingData.TryGetValue("DequeueCount", out var count)
        && long.TryParse(count?.ToString(), out var tries)
            ? tries
            : 1;
}
