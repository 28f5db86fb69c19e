using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Storage;

/// <summary>Which storage account (<c>Mme:Storage</c>): a connection string, or addresses and a managed identity.</summary>
public sealed class StorageOptions : IValidatableObject
{
    /// <summary>Connection string of the account. Empty: the two addresses below are used instead.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Address of the blob service, as <c>https://{account}.blob.core.windows.net</c>.</summary>
    public Uri? BlobServiceUri { get; set; }

    /// <summary>Address of the queue service, as <c>https://{account}.queue.core.windows.net</c>.</summary>
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
