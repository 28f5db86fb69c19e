using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Http;

namespace ServerlessMme.Functions;

/// <summary>Reports a model's latest re-scoring job from its record. Lists nothing.</summary>
public sealed class RescoreStatus(LatestRescores latest, IModelCatalog catalog)
{
    [Function(nameof(RescoreStatus))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Rescore.Route)] HttpRequest request,
        CancellationToken cancellationToken)
    {
        var found = await PublishedModel.FindAsync(request, catalog, cancellationToken);
        if (!found.TryGet(out var model, out var refusal))
        {
            return Answers.Refuse(refusal);
        }

        if (await latest.FindAsync(model.Name, cancellationToken) is not { } job)
        {
            return Answers.NotFound(
                $"No re-scoring of '{model.Name}' was started. POST /api/models/{model.Name}/rescore starts one.");
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
