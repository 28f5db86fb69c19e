namespace ServerlessMme.SageMaker.Policy;

/// <summary>
/// An endpoint did not answer after every try that the policy allows. Thrown, so the queue delivers the images again.
/// </summary>
public sealed class EndpointUnavailableException(string message, Exception inner) : IOException(message, inner);
