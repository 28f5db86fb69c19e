using Microsoft.AspNetCore.Http;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Invocations;

namespace ServerlessMme.Serving;

/// <summary>InvokeEndpoint with the limits and errors of <c>mme serve</c>. Thread-safe.</summary>
public sealed class InvokeEndpoint
{
    private readonly RequestGate _gate;
    private readonly InvocationRoute _route;

    internal InvokeEndpoint(RequestGate gate, InvocationRoute route)
    {
        _gate = gate;
        _route = route;
    }

    /// <summary>Writes the scores or the error to the response.</summary>
    public Task AnswerAsync(HttpContext context, string endpoint) =>
        _gate.InvokeAsync(context, inside => _route.InvokeAsync(inside, endpoint));
}
