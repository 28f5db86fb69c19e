using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ServerlessMme.Serving.Console.Http;

/// <summary>
/// Sends server-sent events. The response starts with the first event, so an error before that is an ordinary response.
/// Not thread-safe.
/// </summary>
internal sealed class EventStream(HttpContext context)
{
    public Task SendAsync<T>(string name, T data, JsonTypeInfo<T> type) =>
        SendAsync(name, JsonSerializer.SerializeToUtf8Bytes(data, type));

    /// <summary>
    /// Sends a comment, so no proxy closes the stream as idle. Requires that an event was sent before.
    /// </summary>
    public async Task KeepAliveAsync()
    {
        await context.Response.WriteAsync(": still here\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <param name="json">UTF-8. Line breaks start new lines of the event.</param>
    public async Task SendAsync(string name, ReadOnlyMemory<byte> json)
    {
        var response = context.Response;
        if (!response.HasStarted)
        {
            response.ContentType = "text/event-stream";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        }

        var text = Encoding.UTF8.GetString(json.Span).Replace("\r", "", StringComparison.Ordinal)
            .Replace("\n", "\ndata: ", StringComparison.Ordinal);
        await response.WriteAsync($"event: {name}\ndata: {text}\n\n", context.RequestAborted);
        await response.Body.FlushAsync(context.RequestAborted);
    }
}
