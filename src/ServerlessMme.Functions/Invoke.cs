using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Serving;

namespace ServerlessMme.Functions;

/// <summary>SageMaker's InvokeEndpoint, served by the same warm models that label drops.</summary>
public sealed class Invoke(InvokeEndpoint invoke)
{
    [Function(nameof(Invoke))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "endpoints/{endpoint}/invocations")]
        HttpRequest request)
    {
        await invoke.AnswerAsync(request.HttpContext, request.RouteValues["endpoint"]?.ToString() ?? "");
        // InvokeEndpoint has already written the response.
        return new EmptyResult();
    }
}
