namespace ServerlessMme.SageMaker.Policy;

/// <summary>
/// An endpoint that cannot answer now, after every try that the policy allows. It is thrown, so that the queue brings
/// the images again.
/// </summary>
public sealed class EndpointUnavailableException(string message, Exception inner) : IOException(message, inner);
