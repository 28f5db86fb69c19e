namespace ServerlessMme.SageMaker.Policy;

/// <summary>
/// An endpoint failed on every attempt that the policy allows. The exception makes the queue deliver the images again.
/// </summary>
public sealed class EndpointUnavailableException(string message, Exception inner) : IOException(message, inner);
