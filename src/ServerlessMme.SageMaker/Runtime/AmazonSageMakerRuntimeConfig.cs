using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Util.Internal;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>Settings of the client. Names match the official SDK.</summary>
internal sealed class AmazonSageMakerRuntimeConfig : ClientConfig
{
    public AmazonSageMakerRuntimeConfig()
        : base(new DefaultConfigurationProvider([Standard]))
    {
        ServiceId = "SageMaker Runtime";
        AuthenticationServiceName = "sagemaker";
        EndpointProvider = new Addresses(this);
    }

    public override string RegionEndpointServiceName => "runtime.sagemaker";

    public override string ServiceVersion => "2017-05-13";

    public override string UserAgent { get; } =
        InternalSDKUtils.BuildUserAgentString("SageMaker Runtime", "4.0.0");

    private static DefaultConfiguration Standard => new()
    {
        Name = DefaultConfigurationMode.Standard,
        RetryMode = RequestRetryMode.Standard,
    };

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        new(ResolveUrl(parameters.AlternateEndpoint ?? RegionEndpoint));

    private sealed class Addresses(AmazonSageMakerRuntimeConfig config) : IEndpointProvider
    {
        public Endpoint ResolveEndpoint(EndpointParameters parameters) => new(config.ResolveUrl(config.RegionEndpoint));
    }

    /// <summary>Returns the configured address, or the region's.</summary>
    private string ResolveUrl(RegionEndpoint? region)
    {
        if (ServiceURL is { Length: > 0 } url)
        {
            return url;
        }

        if (region is null)
        {
            throw new AmazonClientException("No AWS region is set. Set backend.region in model.json, the "
                + "setting Mme:SageMaker:Region, or the environment variable AWS_REGION.");
        }

        return $"https://runtime.sagemaker{(UseFIPSEndpoint ? "-fips" : "")}.{region.SystemName}"
            + $".{region.PartitionDnsSuffix}/";
    }
}
