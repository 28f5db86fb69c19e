using Amazon;
using Amazon.Runtime;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker;

/// <summary>Makes the AWS client as the settings say.</summary>
internal static class SageMakerClients
{
    /// <param name="region">The manifest's region; null takes the settings' or the AWS SDK's.</param>
    /// <param name="credentials">Null takes those of the AWS SDK's chain.</param>
    public static IAmazonSageMakerRuntime Create(
        SageMakerOptions options, string? region, AWSCredentials? credentials = null)
    {
        var config = new AmazonSageMakerRuntimeConfig
        {
            // Tries and time-outs are the policy's: the SDK's own would multiply them.
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
            // Setting the address takes the region out, and the signature needs one.
            var signed = config.RegionEndpoint?.SystemName ?? "us-east-1";
            config.ServiceURL = url.AbsoluteUri;
            config.AuthenticationRegion = signed;
        }

        return credentials is null
            ? new AmazonSageMakerRuntimeClient(config)
            : new AmazonSageMakerRuntimeClient(credentials, config);
    }
}
