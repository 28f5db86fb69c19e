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
/// Reports this instance's loaded models, the lengths of the queues and its last sweep. Returns 503 with the reason and
/// the way out if storage refuses or doesn't respond. Either response takes at most 5 seconds.
/// </summary>
public sealed class Health(
    MessageQueues queues, ModelCache cache, ReconcileRunner runner, TimeProvider time, ILogger<Health> logger)
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
        var (queue, problem) = await AskAsync(cancellationToken);
        return Answers.Json(
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new HealthAnswer(problem ?? "ok", loaded, queue, runner.Last),
            AnswersJson.Default.HealthAnswer);
    }

    /// <summary>Returns the queues' lengths, or why they could not be read.</summary>
    private async Task<(QueueAnswer? Lengths, string? Problem)> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await StorageAnswers.ReadAsync(LengthsAsync, time, cancellationToken), null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "The queues could not be read");
            return (null, StorageAnswers.Explain(exception));
        }
    }

    private async Task<QueueAnswer> LengthsAsync(CancellationToken cancellationToken)
    {
        var waiting = queues.Classify.CountAsync(cancellationToken);
        var poison = queues.Poison.CountAsync(cancellationToken);
        await Task.WhenAll(waiting, poison);
        return new QueueAnswer(await waiting, await poison);
    }
}
