using System.Net;
using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>Reads the service's error responses, and as much as possible of error responses from proxies.</summary>
internal static class ErrorReader
{
    private const int MaxMessage = 500;

    /// <summary>Returns the exception that the official SDK would throw.</summary>
    /// <param name="errorType">Header <c>x-amzn-ErrorType</c>, if there is one.</param>
    /// <param name="body">The response body, which may have any format.</param>
    public static AmazonSageMakerRuntimeException Read(
        string? errorType, string? requestId, ReadOnlySpan<byte> body, HttpStatusCode status, Exception? inner)
    {
        var error = Parse(body);
        var code = Code(errorType) ?? Code(error?.Code) ?? $"HTTP {(int)status}";
        var message = Printable.Text(error?.Message ?? "the response has no error message", MaxMessage);
        return code switch
        {
            "ModelError" => new ModelErrorException(message, inner, code, requestId, status)
            {
                OriginalStatusCode = error?.OriginalStatusCode ?? 500,
                OriginalMessage = error?.OriginalMessage,
                LogStreamArn = error?.LogStreamArn,
            },
            "ModelNotReadyException" => new ModelNotReadyException(message, inner, code, requestId, status),
            "ValidationError" => new ValidationErrorException(message, inner, code, requestId, status),
            "InternalDependencyException" => new InternalDependencyException(message, inner, code, requestId, status),
            "InternalFailure" => new InternalFailureException(message, inner, code, requestId, status),
            "ServiceUnavailable" => new ServiceUnavailableException(message, inner, code, requestId, status),
            _ => new AmazonSageMakerRuntimeException(message, inner, code, requestId, status),
        };
    }

    /// <summary>Returns the code without a namespace before it or an address after it.</summary>
    private static string? Code(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var code = text.Split(':')[0];
        return Printable.Text(code[(code.LastIndexOf('#') + 1)..].Trim(), 80);
    }

    private static ErrorBody? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object ? null : new ErrorBody(
                Text(root, "__type", "code", "Code", "ErrorCode"),
                Text(root, "Message", "message"),
                root.TryGetProperty("OriginalStatusCode", out var original) && original.TryGetInt32(out var number)
                    ? number : null,
                Text(root, "OriginalMessage"),
                Text(root, "LogStreamArn"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (root.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String)
            {
                return found.GetString();
            }
        }

        return null;
    }

    private sealed record ErrorBody(
        string? Code, string? Message, int? OriginalStatusCode, string? OriginalMessage, string? LogStreamArn);
}
