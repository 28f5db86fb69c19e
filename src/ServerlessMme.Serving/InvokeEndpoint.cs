using Microsoft.AspNetCore.Http;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Invocations;

namespace ServerlessMme.Serving;

/// <summary>InvokeEndpoint as <c>mme serve</c> answers it, with its limits and its errors. Thread-safe.</summary>
public sealed class InvokeEndpoint
{
    private readonly RequestGate _gate;
    private readonly InvocationRoute _route;

    internal InvokeEndpoint(RequestGate gate, InvocationRoute route)
    {
        _gate = gate;
        _route = route;
    }

    /// <summary>Writes the answer, or the error, to the response.</summary>
    public Task AnswerAsync(HttpContext context, string endpoint) =>
        _gate.InvokeAsync(context, inside => _route.InvokeAsync(inside, endpoint));
}
