using Amazon;
using Amazon.Runtime;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker;

/// <summary>Creates the AWS client from the settings.</summary>
internal static class SageMakerClients
{
    /// <param name="region">The manifest's region; null to use the region in the settings or the AWS SDK's.</param>
    /// <param name="credentials">Null to use the AWS SDK's credential chain.</param>
    public static IAmazonSageMakerRuntime Create(
        SageMakerOptions options, string? region, AWSCredentials? credentials = null)
    {
        var config = new AmazonSageMakerRuntimeConfig
        {
            // The policy has retries and timeouts. The SDK's own retries would multiply them.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if ((region ?? options.Region) is { } named)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(named);
        }

        if (options.ServiceUrl is { } url)
        {
            // Setting the address clears the region, which the signature needs.
            var signed = config.RegionEndpoint?.SystemName ?? "us-east-1";
            config.ServiceURL = url.AbsoluteUri;
            config.AuthenticationRegion = signed;
        }

        return credentials is null
            ? new AmazonSageMakerRuntimeClient(config)
            : new AmazonSageMakerRuntimeClient(credentials, config);
    }
}
