using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ServerlessMme.Storage;

/// <summary>
/// Makes clients fail fast until storage has responded once. The SDK's own retries take half a minute to report a wrong
/// address. That is too long for a person at a terminal, but right for an account that has just responded.
/// </summary>
/// <param name="limit">Timeout of a service's first request, until its response arrives.</param>
public sealed class FirstAnswer(TimeSpan limit)
{
    /// <summary>
    /// The limit for commands at a terminal. A command that can't reach storage ends within 5 seconds.
    /// </summary>
    public static readonly TimeSpan Interactive = TimeSpan.FromSeconds(3.5);

    internal void Limit(ClientOptions options)
    {
        // One per client, because a response from the blob service says nothing about the queue service.
        var service = new Service();
        options.AddPolicy(new Timeout(service, limit), HttpPipelinePosition.PerRetry);
        options.RetryPolicy = new Retry(service, options.Retry);
    }

    /// <summary>Whether one storage service has responded.</summary>
    private sealed class Service
    {
        private volatile bool _hasAnswered;

        public bool HasAnswered
        {
            get => _hasAnswered;
            set => _hasAnswered = value;
        }
    }

    private sealed class Retry(Service service, RetryOptions standard)
        : RetryPolicy(
            standard.MaxRetries, DelayStrategy.CreateExponentialDelayStrategy(standard.Delay, standard.MaxDelay))
    {
        protected override bool ShouldRetry(HttpMessage message, Exception? exception) =>
            service.HasAnswered && base.ShouldRetry(message, exception);

        protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
            service.HasAnswered ? base.ShouldRetryAsync(message, exception) : ValueTask.FromResult(false);
    }

    private sealed class Timeout(Service service, TimeSpan limit) : HttpPipelinePolicy
    {
        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            var isFirst = Begin(message);
            try
            {
                ProcessNext(message, pipeline);
            }
            catch (Exception exception) when (isFirst && !message.CancellationToken.IsCancellationRequested)
            {
                throw Unreachable(message, exception);
            }

            service.HasAnswered = true;
        }

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            var isFirst = Begin(message);
            try
            {
                await ProcessNextAsync(message, pipeline);
            }
            catch (Exception exception) when (isFirst && !message.CancellationToken.IsCancellationRequested)
            {
                throw Unreachable(message, exception);
            }

            service.HasAnswered = true;
        }

        private bool Begin(HttpMessage message)
        {
            message.NetworkTimeout = service.HasAnswered ? null : limit;
            return !service.HasAnswered;
        }

        private StorageUnreachableException Unreachable(HttpMessage message, Exception exception) => new(
            message.Request.Uri.ToUri(),
            exception is OperationCanceledException ? $"no response within {limit.TotalSeconds:0.#} seconds"
                : exception.GetBaseException().Message,
            exception);
    }
}

/// <summary>Storage can't be reached: the address is wrong, nothing runs there, or there is no network.</summary>
public sealed class StorageUnreachableException(Uri address, string reason, Exception inner) : RequestFailedException(
    $"Storage at {address.GetLeftPart(UriPartial.Authority)} cannot be reached ({reason}).", inner);
