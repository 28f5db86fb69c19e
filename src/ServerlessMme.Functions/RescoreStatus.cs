using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Functions.Http;

namespace ServerlessMme.Functions;

/// <summary>Reports how many images of a model have no label of its newest version yet. Lists all of them.</summary>
public sealed class RescoreStatus(StaleImages stale, IModelCatalog catalog)
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

        var waiting = await stale.CountAsync(model.Name, model.Version, cancellationToken);
        return Answers.Json(
            StatusCodes.Status200OK,
            new RescoreProgress(model.Name.Value, model.Version, waiting, waiting == 0),
            AnswersJson.Default.RescoreProgress);
    }
}
