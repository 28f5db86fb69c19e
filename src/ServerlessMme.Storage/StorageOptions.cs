using System.ComponentModel.DataAnnotations;

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
                "No storage account is set: set Mme:Storage:ConnectionString, or both Mme:Storage:BlobServiceUri and "
                + "Mme:Storage:QueueServiceUri to use the managed identity (Mme__Storage__… as environment variables).");
        }
    }
}
