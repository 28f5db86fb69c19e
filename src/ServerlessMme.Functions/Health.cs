using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Http;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Hosting;

namespace ServerlessMme.Functions;

/// <summary>
/// Reports this instance's loaded models, the lengths of the queues and its last sweep. Answers 503 with the reason, and
/// what to do, if storage refuses or doesn't answer. Either answer takes at most 5 seconds.
/// </summary>
public sealed class Health(
    MessageQueues queues, ModelCache cache, ReconcileRunner runner, TimeProvider time, ILogger<Health> logger)
{
    /// <summary>Leaves a second to an instance that answers its first request.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    [Function(nameof(Health))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/health")] HttpRequest request,
        CancellationToken cancellationToken)
    {
        var loaded = cache.Snapshot().Models
            .Select(model => new LoadedAnswer(
                model.Name.Value, model.Version, model.State.ToString(), model.Bytes))
            .OrderBy(model => model.Model, StringComparer.Ordinal).ToList();
        var (queue, problem) = await AskAsync(cancellationToken);
        return Answers.Json(
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new HealthAnswer(problem ?? "ok", loaded, queue, runner.Last),
            AnswersJson.Default.HealthAnswer);
    }

    /// <summary>The queues' lengths, or why there are none.</summary>
    private async Task<(QueueAnswer? Lengths, string? Problem)> AskAsync(CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            // Not left to cancellation alone, which a credential may be slow to honor.
            return (await LengthsAsync(stopping.Token).WaitAsync(Limit, time, cancellationToken), null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "The queues cannot be read");
            return (null, Explain(exception));
        }
        finally
        {
            await stopping.CancelAsync();
        }
    }

    private async Task<QueueAnswer> LengthsAsync(CancellationToken cancellationToken)
    {
        var waiting = queues.Classify.CountAsync(cancellationToken);
        var poison = queues.Poison.CountAsync(cancellationToken);
        await Task.WhenAll(waiting, poison);
        return new QueueAnswer(await waiting, await poison);
    }

    private static string Explain(Exception exception) => exception switch
    {
        TimeoutException => $"Storage did not answer within {Limit.TotalSeconds:0} seconds. Check that the account in "
            + "AzureWebJobsStorage exists, and its firewall.",
        AuthenticationFailedException or AggregateException { InnerExceptions: [.., AuthenticationFailedException] } =>
            "The app's identity was refused, so storage could not be asked. Check that the identity is assigned to the "
            + "app, and for a user-assigned one AzureWebJobsStorage__clientId and AZURE_CLIENT_ID (docs/azure.md).",
        _ => ErrorText.Explain(exception)?.Text ?? "Storage cannot be reached. The app's log has the reason.",
    };
}
