using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace ServerlessMme.Functions.Tests.Support;

/// <summary>The arguments that hosts pass to functions besides the trigger's value.</summary>
internal static class Calls
{
    /// <summary>The context of a message with a dequeue count.</summary>
    public static FunctionContext Taken(int tries) =>
        new Context(new Dictionary<string, object?> { ["DequeueCount"] = tries.ToString(provider: null) });

    /// <summary>A request after routing.</summary>
    public static HttpRequest Request(string? model = null, byte[]? body = null, string? contentType = null)
    {
        var request = new DefaultHttpContext().Request;
        if (model is not null)
        {
            request.RouteValues["model"] = model;
        }

        request.ContentType = contentType;
        request.ContentLength = body?.Length;
        request.Body = new MemoryStream(body ?? []);
        return request;
    }

    private sealed class Context(IReadOnlyDictionary<string, object?> data) : FunctionContext
    {
        public override BindingContext BindingContext { get; } = new Bindings(data);
    }

    private sealed class Bindings(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData { get; } = data;
    }
}
