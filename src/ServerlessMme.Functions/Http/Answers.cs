using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using ServerlessMme.Core.Failures;
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
}

internal sealed record RescoreStarted(string Model, string Version, long Asked, string Job, string Status);

internal sealed record RescoreProgress(string Model, string Version, long Waiting, bool Done);

internal sealed record HealthAnswer(
    string Status, IReadOnlyList<LoadedAnswer> Loaded, QueueAnswer? Queue, LastSweep? LastReconcile);

internal sealed record LoadedAnswer(string Model, string Version, string State, long Bytes);

internal sealed record QueueAnswer(int Waiting, int Poison);

internal sealed record ErrorAnswer(ErrorBody Error);

internal sealed record ErrorBody(string Code, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RescoreStarted))]
[JsonSerializable(typeof(RescoreProgress))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
internal sealed partial class AnswersJson : JsonSerializerContext;
