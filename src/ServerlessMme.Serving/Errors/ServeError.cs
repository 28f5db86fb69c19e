using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Serving.Errors;

/// <summary>An error in the format that SageMaker's clients expect.</summary>
/// <param name="Original">For ModelError: the status that a container would return; 0 for a timeout.</param>
/// <param name="OriginalMessage">For ModelError: the message that a container would return.</param>
internal sealed record ServeError(
    int Status, string Code, string Message, int? Original = null, string? OriginalMessage = null)
{
    internal static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ServeError Validation(string message) => new(400, "ValidationError", message);

    public static ServeError ModelNotFound(string target) => Validation(
        $"Target model '{Printable.Text(target)}' was not found. Send the name of a published model, with or without "
        + ".tar.gz.");

    /// <summary>SageMaker's ModelError, which wraps a container's status: the model or the image is at fault.</summary>
    public static ServeError Model(int original, string message) => new(
        424, "ModelError", $"Received {(original < 500 ? "client" : "server")} error ({original}) from model with "
        + $"message \"{message}\".", original, message);

    public static ServeError NotReady(string target) => new(
        429, "ModelNotReadyException", $"Model '{Printable.Text(target)}' is being loaded. Send the request again.");

    public static ServeError Busy { get; } = new(
        503, "ServiceUnavailable", "Too many requests are waiting. Send the request again later.");

    /// <summary>The client sent its body too slowly.</summary>
    public static ServeError TooSlow(string message) => new(
        408, "RequestTimeoutException", $"{message} Use a faster connection, or send a smaller body.");

    /// <summary>Converts a refusal.</summary>
    public static ServeError Of(Refusal refusal) => Model(
        refusal.Code switch
        {
            ErrorCode.ImageTooLarge or ErrorCode.TooManyPixels => 413,
            ErrorCode.UnsupportedFormat => 415,
            ErrorCode.InvalidArtifact or ErrorCode.ArtifactTooLarge or ErrorCode.InvalidManifest
                or ErrorCode.InvalidModel or ErrorCode.OutOfMemory or ErrorCode.BackendNotAvailable
                or ErrorCode.InferenceFailed or ErrorCode.EndpointRefused or ErrorCode.EndpointModelFailed
                or ErrorCode.EndpointAnswerInvalid => 500,
            _ => 400,
        },
        $"{refusal.Code}: {refusal.Message}");

    /// <summary>Writes the error as InvokeEndpoint does.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.Headers["x-amzn-ErrorType"] = Code;
        await WriteBodyAsync(context, json =>
        {
            json.WriteString(nameof(Code), Code);
            json.WriteString(nameof(Message), Message);
            if (Original is { } original)
            {
                json.WriteString(nameof(OriginalMessage), OriginalMessage ?? Message);
                json.WriteNumber("OriginalStatusCode", original);
                json.WriteString("LogStreamArn", "");
            }
        });
    }

    /// <summary>Writes the error as a model server in a container does.</summary>
    public async Task WriteAsContainerAsync(HttpContext context)
    {
        // 0 marks a timeout.
        var status = Original is 0 ? StatusCodes.Status504GatewayTimeout : Original ?? Status;
        context.Response.StatusCode = status;
        await WriteBodyAsync(context, json =>
        {
            json.WriteNumber("code", status);
            json.WriteString("type", Code);
            json.WriteString("message", OriginalMessage ?? Message);
        });
    }

    private static async Task WriteBodyAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body, Readable))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.Headers.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }
}

/// <summary>Ends a request. The gate writes the error as the response.</summary>
internal sealed class ServeException(ServeError error) : Exception(error.Message)
{
    public ServeError Error { get; } = error;
}
