namespace ServerlessMme.Functions.Invocations;

/// <summary>One call of InvokeEndpoint, whatever carried it.</summary>
/// <param name="TargetModel">The artifact's name below the endpoint's prefix, as <c>cifar10.tar.gz</c>.</param>
/// <param name="ContentLength">Bytes of the body, where the caller says.</param>
public sealed record Invocation(string? TargetModel, string? ContentType, long? ContentLength, Stream Body);

/// <summary>The answer to a call.</summary>
/// <param name="ErrorType">SageMaker's name for what went wrong; null when nothing did.</param>
public sealed record InvocationAnswer(int Status, string? ErrorType, string ContentType, string Body);
