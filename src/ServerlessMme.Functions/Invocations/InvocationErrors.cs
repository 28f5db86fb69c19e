using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Functions.Invocations;

/// <summary>Errors as SageMaker's runtime sends them: a type in a header, a message in the body.</summary>
internal static class InvocationErrors
{
    /// <summary>The call itself is wrong: 400, not to be tried again.</summary>
    public static InvocationAnswer Validation(string message) =>
        Write(400, "ValidationError", new RuntimeError(message));

    /// <summary>The model's container does not take this content type: 424 around its 415.</summary>
    public static InvocationAnswer ContentType(string? contentType) => Model(
        415,
        $"Content type '{Printable.Text(contentType)}' is not taken: send the image's own (image/jpeg, image/png, …), "
        + "application/x-image or application/octet-stream.");

    /// <summary>What the flow refused.</summary>
    public static InvocationAnswer Of(Refusal refusal) => refusal.Code switch
    {
        ErrorCode.InvalidModelName or ErrorCode.ModelNotFound => Validation(refusal.Message),
        ErrorCode.ImageTooLarge => Model(413, $"{refusal.Code}: {refusal.Message}"),
        ErrorCode.InvalidArtifact or ErrorCode.ArtifactTooLarge or ErrorCode.InvalidManifest
            or ErrorCode.InvalidModel or ErrorCode.BackendNotAvailable or ErrorCode.InferenceFailed =>
            Model(500, $"{refusal.Code}: {refusal.Message}"),
        _ => Model(400, $"{refusal.Code}: {refusal.Message}"),
    };

    /// <summary>Storage or an endpoint cannot be reached: 503, to be tried again.</summary>
    public static InvocationAnswer Unavailable() =>
        Write(503, "ServiceUnavailable", new RuntimeError("The model cannot be reached now. Try again."));

    private static InvocationAnswer Model(int status, string message) =>
        Write(424, "ModelError", new RuntimeError(message) { OriginalStatusCode = status, OriginalMessage = message });

    private static InvocationAnswer Write(int status, string type, RuntimeError error) => new(
        status, type, "application/json", JsonSerializer.Serialize(error, RuntimeErrorJson.Default.RuntimeError));
}

/// <summary>The body of an error.</summary>
internal sealed record RuntimeError(string Message)
{
    public int? OriginalStatusCode { get; init; }

    public string? OriginalMessage { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RuntimeError))]
internal sealed partial class RuntimeErrorJson : JsonSerializerContext;
