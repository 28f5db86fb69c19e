using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Http;

namespace ServerlessMme.Functions;

/// <summary>
/// Reports a model's latest re-scoring job from its record, without listing images. Like <see cref="Health"/>, returns
/// 503 if storage refuses or doesn't respond.
/// </summary>
public sealed class RescoreStatus(
    LatestRescores latest, IModelCatalog catalog, TimeProvider time, ILogger<RescoreStatus> logger)
{
    [Function(nameof(RescoreStatus))]
    public Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Rescore.Route)] HttpRequest request,
        CancellationToken cancellationToken) => StorageAnswers.AnswerAsync(
            () => FindAsync(request, cancellationToken), logger, cancellationToken);

    private async Task<IActionResult> FindAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var found = await PublishedModel.FindAsync(request, catalog, time, cancellationToken);
        if (!found.TryGet(out var model, out var refusal))
        {
            return Answers.Refuse(refusal);
        }

        if (await StorageAnswers.ReadAsync(
            stopping => latest.FindAsync(model.Name, stopping), time, cancellationToken) is not { } job)
        {
            return Answers.NotFound(
                $"'{model.Name}' has no re-scoring job. POST /api/models/{model.Name}/rescore starts one.");
        }

        return Answers.Json(
            StatusCodes.Status200OK,
            new RescoreProgress(
                model.Name.Value,
                model.Version,
                job.Id.Value,
                job.State,
                job.Counts,
                job.EndedAt is not null,
                JobStatus.AddressOf(job.Id)),
            AnswersJson.Default.RescoreProgress);
    }
}
