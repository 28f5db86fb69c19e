using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Http;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions;

/// <summary>
/// Starts a job that scores every image without a label of the model's newest version. The response links to the
/// job's progress (<see cref="JobStatus"/>).
/// </summary>
public sealed class Rescore(
    Rescorer rescorer, IModelCatalog catalog, IOptions<TriggerOptions> options, TimeProvider time)
{
    /// <summary>Route that starts re-scoring a model (POST) and reports its progress (GET).</summary>
    public const string Route = "api/models/{model}/rescore";

    [Function(nameof(Rescore))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = Route)] HttpRequest request,
        CancellationToken cancellationToken)
    {
        var found = await PublishedModel.FindAsync(request, catalog, cancellationToken);
        if (!found.TryGet(out var model, out var refusal))
        {
            return Answers.Refuse(refusal);
        }

        var job = (await rescorer.StartAsync(
            null, model.Name, changedOnly: true, "the Functions app", null, Job.NoThreshold, cancellationToken))!;
        await TimeLimit.RunAsync(
            options.Value.TimeLimit,
            time,
            async stopping => job = await rescorer.SendAsync(job, model, stopping),
            cancellationToken);
        var status = $"/{JobStatus.Route.Replace("{job}", job.Id.Value, StringComparison.Ordinal)}";
        request.HttpContext.Response.Headers.Location = status;
        return Answers.Json(
            StatusCodes.Status202Accepted,
            new RescoreStarted(model.Name.Value, model.Version, job.Counts.Total ?? 0, job.Id.Value, status),
            AnswersJson.Default.RescoreStarted);
    }
}
