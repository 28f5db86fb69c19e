using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Core.Models;
using ServerlessMme.Functions.Http;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Asks for every image of a model that has no label of its newest version. The answer's address
/// (<see cref="RescoreStatus"/>) says how many are still to come.
/// </summary>
public sealed class Rescore(Sweeps sweeps, IModelCatalog catalog)
{
    /// <summary>Where re-scoring of a model is started, and asked about.</summary>
    public const string Route = "api/models/{model}/rescore";

    [Function(nameof(Rescore))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = Route)] HttpRequest request,
        CancellationToken cancellationToken)
    {
        var found = await PublishedModel.FindAsync(request, catalog, cancellationToken);
        if (!found.TryGet(out var model, out var refusal))
            return Answers.Refuse(refusal);
        var asked = await sweeps.RunAsync(model.Name, cancellationToken);
        var status = $"/{Route.Replace("{model}", model.Name.Value, StringComparison.Ordinal)}";
        request.HttpContext.Response.Headers.Location = status;
        return Answers.Json(
            StatusCodes.Status202Accepted,
            new RescoreStarted(model.Name.Value, model.Version, asked, status),
            AnswersJson.Default.RescoreStarted);
    }
}
