using System.Globalization;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>Writes a call as an HTTP request, as the service model defines it.</summary>
internal sealed class InvokeEndpointMarshaller : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public static InvokeEndpointMarshaller Instance { get; } = new();

    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var call = (InvokeEndpointRequest)input;
        var request = new DefaultRequest(call, "Amazon.SageMakerRuntime")
        {
            HttpMethod = "POST",
            ResourcePath = "/endpoints/{EndpointName}/invocations",
            ContentStream = call.Body,
        };
        request.AddPathResource("{EndpointName}", call.EndpointName);
        request.Headers["Content-Length"] = call.Body.Length.ToString(CultureInfo.InvariantCulture);
        request.Headers["Content-Type"] = call.ContentType ?? "binary/octet-stream";
        Add("Accept", call.Accept);
        Add("X-Amzn-SageMaker-Custom-Attributes", call.CustomAttributes);
        Add("X-Amzn-SageMaker-Target-Model", call.TargetModel);
        Add("X-Amzn-SageMaker-Target-Variant", call.TargetVariant);
        Add("X-Amzn-SageMaker-Target-Container-Hostname", call.TargetContainerHostname);
        Add("X-Amzn-SageMaker-Inference-Id", call.InferenceId);
        Add("X-Amzn-SageMaker-Enable-Explanations", call.EnableExplanations);
        Add("X-Amzn-SageMaker-Inference-Component", call.InferenceComponentName);
        Add("X-Amzn-SageMaker-Session-Id", call.SessionId);
        return request;

        void Add(string header, string? value)
        {
            if (value is not null)
            {
                request.Headers[header] = value;
            }
        }
    }
}
