using System.Text;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Requests;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Storage;

namespace ServerlessMme.Functions;

/// <summary>
/// Labels the images that a message on the queue <c>classify</c> names, as blob-created events or as a batch.
/// </summary>
public sealed class ClassifyQueued(TriggerRunner runner)
{
    // Bound as text rather than as QueueMessage, because every host passes the dequeue count as binding data.
    [Function(nameof(ClassifyQueued))]
    public Task RunAsync(
        [QueueTrigger(StorageAccount.ClassifyQueue)] string message,
        FunctionContext context,
        CancellationToken cancellationToken) =>
        runner.RunMessageAsync(
            new IncomingMessage(Encoding.UTF8.GetBytes(message), TriesOf(context), IdOf(context)), cancellationToken);

    private static string? IdOf(FunctionContext context) =>
        context.BindingContext.BindingData.TryGetValue("Id", out var id) ? id?.ToString() : null;

    private static long TriesOf(FunctionContext context) =>
        context.BindingContext.BindingData.TryGetValue("DequeueCount", out var count)
        && long.TryParse(count?.ToString(), out var tries)
            ? tries
            : 1;
}
