using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>The operation that is used here, as the official SDK declares it. Thread-safe.</summary>
public interface IAmazonSageMakerRuntime
{
    /// <summary>Calls an endpoint once.</summary>
    /// <exception cref="AmazonSageMakerRuntimeException">The service answered with an error.</exception>
    Task<InvokeEndpointResponse> InvokeEndpointAsync(
        InvokeEndpointRequest request, CancellationToken cancellationToken = default);
}

/// <summary>
/// The part of AWSSDK.SageMakerRuntime that is used here, on AWSSDK.Core: credentials, region and signature are the
/// SDK's. To use the official package, change the namespace in the using directives. Thread-safe.
/// </summary>
internal sealed class AmazonSageMakerRuntimeClient : AmazonServiceClient, IAmazonSageMakerRuntime
{
    /// <summary>With credentials from the SDK's chain.</summary>
    public AmazonSageMakerRuntimeClient(AmazonSageMakerRuntimeConfig config)
        : base(config)
    {
    }

    public AmazonSageMakerRuntimeClient(AWSCredentials credentials, AmazonSageMakerRuntimeConfig config)
        : base(credentials, config)
    {
    }

    protected override IServiceMetadata ServiceMetadata { get; } = new Metadata();

    public Task<InvokeEndpointResponse> InvokeEndpointAsync(
        InvokeEndpointRequest request, CancellationToken cancellationToken = default) =>
        InvokeAsync<InvokeEndpointResponse>(
            request,
            new InvokeOptions
            {
                RequestMarshaller = InvokeEndpointMarshaller.Instance,
                ResponseUnmarshaller = InvokeEndpointUnmarshaller.Instance,
            },
            cancellationToken);

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new EndpointHandler());
        pipeline.AddHandlerAfter<Marshaller>(new SignatureHandler());
    }

    private sealed class Metadata : IServiceMetadata
    {
        public string ServiceId => "SageMaker Runtime";

        public IDictionary<string, string> OperationNameMapping { get; } = new Dictionary<string, string>();
    }

    private sealed class EndpointHandler : BaseEndpointResolver
    {
        // The address follows from the configuration alone.
        protected override EndpointParameters MapEndpointsParameters(IRequestContext requestContext) => new();

        protected override void ServiceSpecificHandler(
            IExecutionContext executionContext, EndpointParameters parameters)
        {
        }
    }

    private sealed class SignatureHandler : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) =>
            AuthSchemeOption.DEFAULT_SIGV4;
    }
}
