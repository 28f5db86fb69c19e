using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Serving;

namespace ServerlessMme.Functions;

/// <summary>SageMaker's InvokeEndpoint, over the same warm models that answer drops.</summary>
public sealed class Invoke(InvokeEndpoint invoke)
{
    [Function(nameof(Invoke))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "endpoints/{endpoint}/invocations")]
        HttpRequest request)
    {
        await invoke.AnswerAsync(request.HttpContext, request.RouteValues["endpoint"]?.ToString() ?? "");
        // The answer is written already.
        return new EmptyResult();
    }
}
