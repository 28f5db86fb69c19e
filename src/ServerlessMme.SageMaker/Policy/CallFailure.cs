using System.Net;
using Amazon.Runtime;
using Polly.Timeout;
using ServerlessMme.SageMaker.Runtime;

namespace ServerlessMme.SageMaker.Policy;

/// <summary>How a failed call is handled.</summary>
internal enum CallFailure
{
    /// <summary>
    /// The request or the image is at fault. The call isn't retried, and the image's label contains the error.
    /// </summary>
    Refused,

    /// <summary>The model or one of several images is at fault. Each image is sent once more by itself.</summary>
    ModelFailed,

    /// <summary>The model is still being loaded. The call is retried for minutes.</summary>
    NotReady,

    /// <summary>
    /// The service or the network is at fault. The call is retried a few times before an exception is thrown.
    /// </summary>
    Transient,

    /// <summary>The credentials or settings are at fault. An exception is thrown immediately.</summary>
    Denied,
}

/// <summary>Classifies failed calls, as the table in docs/sagemaker.md describes.</summary>
internal static class CallFailures
{
    // Error codes that AWS services use for throttling, with any status.
    private static readonly HashSet<string> Throttling =
    [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown",
        "PriorRequestNotComplete", "TransactionInProgressException", "LimitExceededException",
    ];

    // A container that is too busy, out of memory, behind a broken proxy or too slow (0) may respond to the next
    // attempt.
    private static readonly HashSet<int> BusyContainer = [0, 408, 429, 502, 503, 504, 507];

    /// <summary>
    /// Returns the kind of failure, or null for an exception that is a defect rather than a failed call.
    /// </summary>
    public static CallFailure? Of(Exception exception) => exception switch
    {
        ModelNotReadyException => CallFailure.NotReady,
        ModelErrorException model when BusyContainer.Contains(model.OriginalStatusCode) => CallFailure.Transient,
        ModelErrorException => CallFailure.ModelFailed,
        AmazonServiceException { ErrorCode: { } code } when Throttling.Contains(code) => CallFailure.Transient,
        AmazonSageMakerRuntimeException service => Of(service.StatusCode),
        TimeoutRejectedException or HttpRequestException or IOException => CallFailure.Transient,
        AmazonClientException or AmazonServiceException => OfInner(exception),
        _ => null,
    };

    private static CallFailure Of(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => CallFailure.Denied,
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => CallFailure.Transient,
        HttpStatusCode.RequestEntityTooLarge => CallFailure.ModelFailed,
        >= HttpStatusCode.InternalServerError => CallFailure.Transient,
        >= HttpStatusCode.BadRequest => CallFailure.Refused,
        _ => CallFailure.Transient,
    };

    /// <summary>The SDK wraps network errors. Its own exceptions are about credentials.</summary>
    private static CallFailure OfInner(Exception exception)
    {
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpRequestException or IOException or System.Net.Sockets.SocketException)
            {
                return CallFailure.Transient;
            }
        }

        return CallFailure.Denied;
    }
}
