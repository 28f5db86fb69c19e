using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.SageMaker.Policy;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Gate;

/// <summary>
/// Every request passes through here. The gate enforces the body and time limits, verifies the signature, limits the
/// requests being served, and writes errors in the format that the caller expects. A request counts as being served
/// only once its whole body has arrived, so slow senders don't block others. Thread-safe.
/// </summary>
internal sealed class RequestGate(
    Admission admission,
    BodyMemory memory,
    SignatureVerifier signatures,
    IOptions<ServeOptions> options,
    TimeProvider time,
    ILogger<RequestGate> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers["x-amzn-RequestId"] = Guid.NewGuid().ToString();
        // A health check must pass even if too many requests are being served.
        if (context.Request.Path == "/ping")
        {
            await next(context);
            return;
        }

        var aborted = context.RequestAborted;
        using var limit = new CancellationTokenSource(options.Value.RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        context.RequestAborted = either.Token;
        try
        {
            var signature = signatures.CheckHead(context.Request);
            using var body = await ReadBodyAsync(context.Request, limit.Token, either.Token);
            signature?.CheckBody(body.Bytes.Span);
            using var inside = admission.Enter();
            context.SetBody(body);
            await next(context);
        }
        catch (Exception exception) when (!aborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.RequestAborted = aborted;
            await WriteAsync(context, Explain(exception));
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // The client has disconnected.
        }
    }

    private async Task<RequestBody> ReadBodyAsync(
        HttpRequest request, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            return await RequestBody.ReadAsync(request, options.Value.MaxBodyBytes, memory, cancellationToken);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new ServeException(ServeError.TooSlow(
                $"The body did not arrive within {options.Value.RequestTimeout.TotalSeconds:0.#} s."));
        }
        catch (BadHttpRequestException bad) when (bad.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            throw new ServeException(ServeError.TooSlow(
                $"The body arrived at less than {options.Value.MinBodyRate} bytes per second."));
        }
    }

    private ServeError Explain(Exception exception)
    {
        switch (exception)
        {
            case ServeException expected:
                return expected.Error;
            case BadHttpRequestException bad:
                return new ServeError(bad.StatusCode, "ValidationError", bad.Message);
            case OperationCanceledException:
                return new ServeError(424, "ModelError", "Your invocation timed out while waiting for a response from "
                    + $"the model. The limit is {options.Value.RequestTimeout.TotalSeconds:0.#} s.", 0);
            case EndpointUnavailableException or RequestFailedException or ModelCacheBusyException:
                logger.LogWarning(exception, "A dependency of this server failed");
                return new ServeError(503, "ServiceUnavailable", exception is RequestFailedException
                    ? "Storage did not respond, or refused the request. The server's log contains the reason."
                    : exception.Message);
            default:
                logger.LogError(exception, "A request failed");
                return new ServeError(500, "InternalFailure", "The server failed. Its log contains the reason.");
        }
    }

    private static Task WriteAsync(HttpContext context, ServeError error) =>
        context.Request.Path.StartsWithSegments("/models")
            ? error.WriteAsContainerAsync(context)
            : error.WriteAsync(context);
}

/// <summary>Gives the routes the body that the gate has read.</summary>
internal static class HttpContextBody
{
    private static readonly object Key = new();

    public static void SetBody(this HttpContext context, RequestBody body) => context.Items[Key] = body;

    public static RequestBody Body(this HttpContext context) => (RequestBody)context.Items[Key]!;
}
