using Amazon.Runtime;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>One call to an endpoint. Names match the official SDK.</summary>
public sealed class InvokeEndpointRequest : AmazonWebServiceRequest
{
    /// <summary>Maximum size of a body, in bytes.</summary>
    public const int MaxBodyBytes = 6_291_456;

    /// <summary>Required; at most 63 letters, digits and hyphens, with no hyphen at the start or end.</summary>
    public required string EndpointName { get; set; }

    /// <summary>The request's body; its length must be known.</summary>
    public required Stream Body { get; set; }

    public string? ContentType { get; set; }

    public string? Accept { get; set; }

    /// <summary>Passed to the container unchanged.</summary>
    public string? CustomAttributes { get; set; }

    /// <summary>The model of a multi-model endpoint: the artifact's path under the endpoint's prefix.</summary>
    public string? TargetModel { get; set; }

    public string? TargetVariant { get; set; }

    public string? TargetContainerHostname { get; set; }

    /// <summary>Stored with captured data. The response doesn't contain it.</summary>
    public string? InferenceId { get; set; }

    public string? EnableExplanations { get; set; }

    public string? InferenceComponentName { get; set; }

    public string? SessionId { get; set; }
}

/// <summary>An endpoint's response. Names match the official SDK.</summary>
public sealed class InvokeEndpointResponse : AmazonWebServiceResponse
{
    /// <summary>The container's response, in memory.</summary>
    public MemoryStream Body { get; set; } = new([], writable: false);

    public string? ContentType { get; set; }

    public string? InvokedProductionVariant { get; set; }

    public string? CustomAttributes { get; set; }

    public string? NewSessionId { get; set; }

    public string? ClosedSessionId { get; set; }
}
