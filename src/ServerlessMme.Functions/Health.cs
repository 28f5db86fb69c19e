using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Http;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Reports this instance's loaded models, the lengths of the queues and its last sweep. Answers 503 if storage can't be
/// reached.
/// </summary>
public sealed class Health(MessageQueues queues, ModelCache cache, ReconcileRunner runner, ILogger<Health> logger)
{
    [Function(nameof(Health))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/health")] HttpRequest request,
        CancellationToken cancellationToken)
    {
        var loaded = cache.Snapshot().Models
            .Select(model => new LoadedAnswer(
                model.Name.Value, model.Version, model.State.ToString(), model.Bytes))
            .OrderBy(model => model.Model, StringComparer.Ordinal).ToList();
        var queue = await LengthsAsync(cancellationToken);
        return Answers.Json(
            queue is null ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK,
            new HealthAnswer(queue is null ? "storage cannot be reached" : "ok", loaded, queue, runner.Last),
            AnswersJson.Default.HealthAnswer);
    }

    private async Task<QueueAnswer?> LengthsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new QueueAnswer(
                await queues.Classify.CountAsync(cancellationToken), await queues.Poison.CountAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException)
        {
            logger.LogError(exception, "The queues cannot be read");
            return null;
        }
    }
}
