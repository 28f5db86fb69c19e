using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker.Policy;

/// <summary>Polly's strategies as the settings want them.</summary>
internal static class EndpointPipeline
{
    /// <summary>When a call's first try began.</summary>
    public static readonly ResiliencePropertyKey<long> StartedAt = new("mme.started-at");

    /// <summary>Around all tries of a call: patience with a loading model, a few tries, the circuit breaker.</summary>
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

    /// <summary>Around one try: its time limit.</summary>
    public static ResiliencePipeline CreateAttempt(SageMakerOptions options, TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.AttemptTimeout }).Build();

    // An open circuit is no failure of the endpoint: trying again at once would only be refused again.
    private static bool Is<T>(Outcome<T> outcome, CallFailure failure) =>
        outcome.Exception is { } exception and not BrokenCircuitException && CallFailures.Of(exception) == failure;
}
