using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ServerlessMme.Storage;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Refuses settings that name a different account than <c>AzureWebJobsStorage</c>, which the host's triggers listen to.
/// The app would start, but no trigger would ever fire.
/// </summary>
internal sealed class SameAccountValidator(IConfiguration configuration) : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var host = configuration["AzureWebJobsStorage"];
        if (string.IsNullOrWhiteSpace(host))
        {
            return ValidateOptionsResult.Success;
        }

        if (AddressOf(host) is not { } triggers)
        {
            return ValidateOptionsResult.Fail(
                "AzureWebJobsStorage isn't a valid connection string for a storage account.");
        }

        var ours = string.IsNullOrWhiteSpace(options.ConnectionString)
            ? options.BlobServiceUri
            : AddressOf(options.ConnectionString);
        return ours is null || Uri.Compare(
            ours, triggers, UriComponents.HostAndPort | UriComponents.Path, UriFormat.Unescaped,
            StringComparison.OrdinalIgnoreCase) == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Mme:Storage names {ours}, but the triggers listen to {triggers} (AzureWebJobsStorage). Remove "
                + "Mme:Storage from the settings, or set it to the same account.");
    }

    private static Uri? AddressOf(string connection)
    {
        try
        {
            return new BlobServiceClient(connection).Uri;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return null;
        }
    }
}
