using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker.Policy;

/// <summary>Builds Polly's resilience pipelines from the settings.</summary>
internal static class EndpointPipeline
{
    /// <summary>Timestamp of a call's first attempt.</summary>
    public static readonly ResiliencePropertyKey<long> StartedAt = new("mme.started-at");

    /// <summary>
    /// Builds the pipeline around all attempts: long retries while a model loads, a few retries after other failures,
    /// and the circuit breaker.
    /// </summary>
    public static ResiliencePipeline CreateTries(SageMakerOptions options, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = time };
        builder.AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => new(Is(args.Outcome, CallFailure.NotReady)
                && time.GetElapsedTime(args.Context.Properties.GetValue(StartedAt, 0)) < options.NotReadyLimit),
            MaxRetryAttempts = int.MaxValue,
            Delay = options.NotReadyDelay,
            MaxDelay = options.MaxDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        });
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = args => new(Is(args.Outcome, CallFailure.Transient)),
                MaxRetryAttempts = options.MaxRetries,
                Delay = options.RetryDelay,
                MaxDelay = options.MaxDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            });
        }

        return builder.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = args => new(Is(args.Outcome, CallFailure.Transient)),
            FailureRatio = options.BreakerFailureRatio,
            MinimumThroughput = options.BreakerMinimumCalls,
            SamplingDuration = options.BreakerWindow,
            BreakDuration = options.BreakerPause,
        }).Build();
    }

    /// <summary>Builds the pipeline around one attempt: its timeout.</summary>
    public static ResiliencePipeline CreateAttempt(SageMakerOptions options, TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.AttemptTimeout }).Build();

    // An open circuit isn't a failure of the endpoint, and an immediate retry would be rejected as well.
    private static bool Is<T>(Outcome<T> outcome, CallFailure failure) =>
        outcome.Exception is { } exception and not BrokenCircuitException && CallFailures.Of(exception) == failure;
}
