using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>The operation that the backend uses, as the official SDK declares it. Thread-safe.</summary>
public interface IAmazonSageMakerRuntime
{
    /// <summary>Calls an endpoint once.</summary>
    /// <exception cref="AmazonSageMakerRuntimeException">The service returned an error.</exception>
    Task<InvokeEndpointResponse> InvokeEndpointAsync(
        InvokeEndpointRequest request, CancellationToken cancellationToken = default);
}

/// <summary>
/// The part of AWSSDK.SageMakerRuntime that the backend uses, based on AWSSDK.Core, which provides credentials, region
/// and signature. To use the official package, change the namespace in the using directives. Thread-safe.
/// </summary>
internal sealed class AmazonSageMakerRuntimeClient : AmazonServiceClient, IAmazonSageMakerRuntime
{
    /// <summary>Creates a client with the SDK's credential chain.</summary>
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
        // The address depends only on the configuration.
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
