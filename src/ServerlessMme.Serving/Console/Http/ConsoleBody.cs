using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace ServerlessMme.Serving.Console.Http;

/// <summary>Reads and writes JSON bodies.</summary>
internal static class ConsoleBody
{
    public const string Json = "application/json";

    /// <summary>Reads the request's body. Refuses anything but JSON of this type with 400.</summary>
    public static async Task<T> ReadAsync<T>(this HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        // A form on another site can't send this type, and a script's request needs a preflight.
        if (!context.Request.HasJsonContentType())
        {
            throw ConsoleException.Invalid($"The request has the wrong content type. Send the body as {Json}.");
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw ConsoleException.Invalid("The body is null. Send a JSON object.");
        }
        catch (JsonException)
        {
            throw ConsoleException.Invalid(
                "The body doesn't match the schema in docs/schemas/console.openapi.json.");
        }
    }

    /// <summary>Writes a JSON response.</summary>
    public static Task AnswerAsync<T>(this HttpContext context, T body, JsonTypeInfo<T> type) =>
        context.AnswerAsync(JsonSerializer.SerializeToUtf8Bytes(body, type), Json);

    public static async Task AnswerAsync(this HttpContext context, ReadOnlyMemory<byte> body, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
