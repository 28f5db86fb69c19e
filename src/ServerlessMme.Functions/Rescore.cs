using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Rescore;
using ServerlessMme.Functions.Http;

namespace ServerlessMme.Functions;

/// <summary>
/// Starts a job that scores every image without a label from the model's newest version. Responds before any image is
/// listed, and links to the job's progress (<see cref="JobStatus"/>).
/// </summary>
public sealed class Rescore(Rescorer rescorer, IModelCatalog catalog, TimeProvider time, ILogger<Rescore> logger)
{
    /// <summary>Route that starts re-scoring a model (POST) and reports its progress (GET).</summary>
    public const string Route = "api/models/{model}/rescore";

    [Function(nameof(Rescore))]
    public Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = Route)] HttpRequest request,
        CancellationToken cancellationToken) => StorageAnswers.AnswerAsync(
            async () =>
            {
                var found = await PublishedModel.FindAsync(request, catalog, time, cancellationToken);
                return found.TryGet(out var model, out var refusal)
                    ? await StartAsync(request, model, cancellationToken)
                    : Answers.Refuse(refusal);
            },
            logger,
            cancellationToken);

    private async Task<IActionResult> StartAsync(
        HttpRequest request, ModelDescriptor model, CancellationToken cancellationToken)
    {
        Job? job;
        do
        {
            // A job that was started in the same second may have the same name.
            job = await rescorer.StartAsync(
                null, model.Name, changedOnly: true, "the Functions app", null, Job.NoThreshold, cancellationToken);
        }
        while (job is null);

        await rescorer.QueueAsync(job, cancellationToken);
        var status = JobStatus.AddressOf(job.Id);
        request.HttpContext.Response.Headers.Location = status;
        return Answers.Json(
            StatusCodes.Status202Accepted,
            new RescoreStarted(model.Name.Value, model.Version, job.Id.Value, status),
            AnswersJson.Default.RescoreStarted);
    }
}
