using System.ComponentModel.DataAnnotations;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace ServerlessMme.Storage;

/// <summary>
/// The storage account (<c>Mme:Storage</c>): a connection string, or the two addresses and an Azure identity.
/// </summary>
public sealed class StorageOptions : IValidatableObject
{
    /// <summary>
    /// Connection string of the account. If empty, the two addresses below are used with an Azure identity.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>Address of the blob service: <c>https://{account}.blob.core.windows.net</c>.</summary>
    public Uri? BlobServiceUri { get; set; }

    /// <summary>Address of the queue service: <c>https://{account}.queue.core.windows.net</c>.</summary>
    public Uri? QueueServiceUri { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(ConnectionString) && (BlobServiceUri is null || QueueServiceUri is null))
        {
            yield return new ValidationResult(
                "No storage account is set. 'mme storage start' starts local storage on this machine. To use an account "
                + "instead, pass its connection string with --storage, or set the environment variable "
                + "AzureWebJobsStorage or Mme__Storage__ConnectionString. With an Azure identity, set "
                + "Mme__Storage__BlobServiceUri and Mme__Storage__QueueServiceUri.");
        }
        else if (!string.IsNullOrWhiteSpace(ConnectionString))
        {
            if (!IsConnectionString(ConnectionString))
            {
                // The value contains the account's key, so no message shows it.
                yield return new ValidationResult(
                    "The storage account's connection string cannot be read. It must have the form "
                    + "'DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…'. The Azure portal shows it under "
                    + "'Access keys'. Check --storage, Mme__Storage__ConnectionString and AzureWebJobsStorage.");
            }
        }
        else
        {
            foreach (var (name, address, service) in new[]
            {
                (nameof(BlobServiceUri), BlobServiceUri!, "blob"), (nameof(QueueServiceUri), QueueServiceUri!, "queue"),
            })
            {
                if (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttps)
                {
                    yield return new ValidationResult(
                        $"Mme:Storage:{name} is '{address.OriginalString}', but must be an HTTPS address such as "
                        + $"https://acme.{service}.core.windows.net.",
                        [name]);
                }
            }
        }
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            _ = new BlobServiceClient(text);
            _ = new QueueServiceClient(text);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
