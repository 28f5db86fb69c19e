using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Functions.Triggers;

namespace ServerlessMme.Functions.Http;

/// <summary>Builds JSON responses.</summary>
internal static class Answers
{
    public static IActionResult Json<T>(int status, T answer, JsonTypeInfo<T> type) => new ContentResult
    {
        StatusCode = status,
        ContentType = "application/json",
        Content = JsonSerializer.Serialize(answer, type),
    };

    public static IActionResult Refuse(Refusal refusal) => Json(
        refusal.Code == ErrorCode.ModelNotFound ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest,
        new ErrorAnswer(new ErrorBody(refusal.Code.ToString(), refusal.Message)),
        AnswersJson.Default.ErrorAnswer);

    /// <summary>404: the job doesn't exist.</summary>
    public static IActionResult NotFound(string message) => Json(
        StatusCodes.Status404NotFound,
        new ErrorAnswer(new ErrorBody("JobNotFound", message)),
        AnswersJson.Default.ErrorAnswer);

    /// <summary>503: storage failed, so the same request may succeed later.</summary>
    public static IActionResult Unavailable(string message) => Json(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorAnswer(new ErrorBody("ServiceUnavailable", message)),
        AnswersJson.Default.ErrorAnswer);
}

internal sealed record RescoreStarted(string Model, string Version, string Job, string Status);

internal sealed record RescoreProgress(
    string Model, string Version, string Job, JobState State, JobCounts Counts, bool Done, string Status);

internal sealed record HealthAnswer(
    string Status, IReadOnlyList<LoadedAnswer> Loaded, QueueAnswer? Queue, LastSweep? LastReconcile);

internal sealed record LoadedAnswer(string Model, string Version, string State, long Bytes);

internal sealed record QueueAnswer(int Waiting, int Poison);

internal sealed record ErrorAnswer(ErrorBody Error);

internal sealed record ErrorBody(string Code, string Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RescoreStarted))]
[JsonSerializable(typeof(RescoreProgress))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
internal sealed partial class AnswersJson : JsonSerializerContext;
