using System.Net;
using Amazon.Runtime;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>
/// An error from the service. <see cref="AmazonServiceException.ErrorCode"/> is its code. The exceptions below are for
/// the codes in the service model. Names match the official SDK.
/// </summary>
internal class AmazonSageMakerRuntimeException(
    string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonServiceException(message, inner, TypeOf(status), code, requestId, status)
{
    private static ErrorType TypeOf(HttpStatusCode status) =>
        (int)status >= 500 ? ErrorType.Receiver : ErrorType.Sender;
}

/// <summary>424: the model's container returned an error.</summary>
internal sealed class ModelErrorException(
    string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonSageMakerRuntimeException(message, inner, code, requestId, status)
{
    /// <summary>The container's status; 0 if it didn't respond in time.</summary>
    public int OriginalStatusCode { get; init; }

    public string? OriginalMessage { get; init; }

    public string? LogStreamArn { get; init; }
}

/// <summary>429: a serverless or multi-model endpoint is still getting the model ready.</summary>
internal sealed class ModelNotReadyException(
    string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonSageMakerRuntimeException(message, inner, code, requestId, status);

/// <summary>400: the request is invalid, so a retry doesn't help.</summary>
internal sealed class ValidationErrorException(
    string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonSageMakerRuntimeException(message, inner, code, requestId, status);

/// <summary>530: a dependency of the service failed.</summary>
internal sealed class InternalDependencyException(
    string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonSageMakerRuntimeException(message, inner, code, requestId, status);

/// <summary>500: the service failed.</summary>
internal sealed class InternalFailureException(
    string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonSageMakerRuntimeException(message, inner, code, requestId, status);

/// <summary>503: the service is temporarily unavailable.</summary>
internal sealed class ServiceUnavailableException(
    string message, Exception? inner, string? code, string? requestId, HttpStatusCode status)
    : AmazonSageMakerRuntimeException(message, inner, code, requestId, status);
