using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Functions.Http;

namespace ServerlessMme.Functions;

/// <summary>
/// Returns a job's record with up-to-date counts, in the format of docs/schemas/v1/job.json. Returns 503 if storage
/// refuses or doesn't respond.
/// </summary>
public sealed class JobStatus(JobRecords records, JobProgress progress, TimeProvider time, ILogger<JobStatus> logger)
{
    /// <summary>Route of a job's record.</summary>
    public const string Route = "api/jobs/{job}";

    /// <summary>The path of a job's record.</summary>
    internal static string AddressOf(JobId job) =>
        $"/{Route.Replace("{job}", job.Value, StringComparison.Ordinal)}";

    [Function(nameof(JobStatus))]
    public Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Route)] HttpRequest request,
        CancellationToken cancellationToken) => StorageAnswers.AnswerAsync(
            () => FindAsync(request, cancellationToken), logger, cancellationToken);

    private async Task<IActionResult> FindAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var text = request.HttpContext.GetRouteValue("job") as string;
        // Counting a large job may take longer than the limit, so reading its record shows that storage responds.
        if (JobId.Parse(text) is not { } id
            || await StorageAnswers.ReadAsync(
                stopping => records.FindAsync(id, stopping), time, cancellationToken) is null
            || await progress.RefreshAsync(id, cancellationToken) is not { } job)
        {
            return Answers.NotFound($"There is no job '{Printable.Text(text)}'.");
        }

        return new ContentResult
        {
            StatusCode = StatusCodes.Status200OK,
            ContentType = "application/json",
            Content = Encoding.UTF8.GetString(JobJson.Write(job)),
        };
    }
}
