using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using ServerlessMme.Functions.Invocations;

namespace ServerlessMme.Functions;

/// <summary>SageMaker's InvokeEndpoint: one image in the body, its label as the answer.</summary>
public sealed class Invoke(InvocationHandler handler)
{
    private const string TargetModel = "X-Amzn-SageMaker-Target-Model";
    private const string ErrorType = "x-amzn-errortype";

    [Function(nameof(Invoke))]
    public async Task<IActionResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "endpoints/{endpoint}/invocations")]
        HttpRequest request,
        CancellationToken cancellationToken)
    {
        var answer = await handler.HandleAsync(
            new Invocation(request.Headers[TargetModel], request.ContentType, request.ContentLength, request.Body),
            cancellationToken);
        if (answer.ErrorType is not null)
            request.HttpContext.Response.Headers[ErrorType] = answer.ErrorType;
        return new ContentResult
        {
            StatusCode = answer.Status,
            ContentType = answer.ContentType,
            Content = answer.Body,
        };
    }
}
