using Amazon.Runtime;
using Polly;
using Polly.CircuitBreaker;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker.Policy;

/// <summary>
/// Calls one endpoint with a limit on requests in flight, a timeout per attempt, retries where they can help, and a
/// circuit breaker, so a dead endpoint fails fast instead of holding workers that other models need. Thread-safe.
/// </summary>
internal sealed class EndpointCalls(
    string endpoint, Lazy<IAmazonSageMakerRuntime> client, SageMakerOptions options, TimeProvider time)
    : IDisposable
{
    private readonly SemaphoreSlim _inFlight = new(options.MaxInFlight);
    private readonly ResiliencePipeline _tries = EndpointPipeline.CreateTries(options, time);
    private readonly ResiliencePipeline _attempt = EndpointPipeline.CreateAttempt(options, time);

    /// <summary>Sends a request until the endpoint answers or refuses it.</summary>
    /// <param name="createRequest">Creates a new request for every attempt.</param>
    /// <exception cref="AmazonSageMakerRuntimeException">
    /// The request failed with <see cref="CallFailure.Refused"/> or <see cref="CallFailure.ModelFailed"/>.
    /// </exception>
    /// <exception cref="EndpointUnavailableException">Every attempt failed.</exception>
    public async Task<InvokeEndpointResponse> InvokeAsync(
        Func<InvokeEndpointRequest> createRequest, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(EndpointPipeline.StartedAt, time.GetTimestamp());
        try
        {
            return await _tries.ExecuteAsync(
                async (inner, state) => await AttemptAsync(state, inner.CancellationToken), context, createRequest);
        }
        catch (BrokenCircuitException exception)
        {
            throw new EndpointUnavailableException($"Endpoint '{endpoint}' failed too often and won't be called for "
                + $"{options.BreakerPause.TotalSeconds:0} s. Its images will be retried later.", exception);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && IsInfrastructure(exception))
        {
            throw new EndpointUnavailableException(Explain(exception), exception);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public void Dispose() => _inFlight.Dispose();

    // The attempt's timeout doesn't include the wait for a slot.
    private async Task<InvokeEndpointResponse> AttemptAsync(
        Func<InvokeEndpointRequest> createRequest, CancellationToken cancellationToken)
    {
        await _inFlight.WaitAsync(cancellationToken);
        try
        {
            return await _attempt.ExecuteAsync(
                async (request, stopping) => await client.Value.InvokeEndpointAsync(request, stopping),
                createRequest(), cancellationToken);
        }
        finally
        {
            _inFlight.Release();
        }
    }

    private static bool IsInfrastructure(Exception exception) =>
        CallFailures.Of(exception) is CallFailure.Transient or CallFailure.NotReady or CallFailure.Denied;

    private string Explain(Exception exception) => CallFailures.Of(exception) switch
    {
        CallFailure.NotReady => $"The model at endpoint '{endpoint}' was not ready after "
            + $"{options.NotReadyLimit.TotalMinutes:0.#} min: {Reason(exception)}",
        CallFailure.Denied => $"Endpoint '{endpoint}' cannot be called with the current AWS credentials and settings: "
            + Reason(exception),
        _ => $"Endpoint '{endpoint}' failed on attempt {options.MaxRetries + 1} of {options.MaxRetries + 1}: "
            + Reason(exception),
    };

    private static string Reason(Exception exception) =>
        exception is AmazonServiceException { ErrorCode: { } code }
            ? $"{code}: {exception.Message}"
            : exception.Message;
}
