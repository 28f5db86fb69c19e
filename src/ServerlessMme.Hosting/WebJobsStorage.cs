using Microsoft.Extensions.Configuration;

namespace ServerlessMme.Hosting;

/// <summary>Maps the Functions host's storage account, <c>AzureWebJobsStorage</c>, to our own settings.</summary>
public static class WebJobsStorage
{
    private const string Name = "AzureWebJobsStorage";

    /// <summary>
    /// Adopts the host's connection string, or the account name or addresses that it uses with an identity. Our own
    /// settings (<c>Mme:Storage</c>) take precedence.
    /// </summary>
    public static void AddWebJobsStorage(this IConfigurationManager configuration)
    {
        var own = configuration.GetSection("Mme:Storage");
        if (IsSet(own["ConnectionString"]) || IsSet(own["BlobServiceUri"]))
        {
            return;
        }

        var host = configuration.GetSection(Name);
        var settings = new Dictionary<string, string?>
        {
            ["Mme:Storage:ConnectionString"] = host.Value,
            ["Mme:Storage:BlobServiceUri"] = Address(host, "blob"),
            ["Mme:Storage:QueueServiceUri"] = Address(host, "queue"),
        };
        foreach (var (name, value) in settings)
        {
            if (!IsSet(value))
            {
                settings.Remove(name);
            }
        }

        configuration.AddInMemoryCollection(settings);
    }

    private static string? Address(IConfigurationSection host, string service)
    {
        if (host[$"{service}ServiceUri"] is { Length: > 0 } address)
        {
            return address;
        }

        return host["accountName"] is { Length: > 0 } account ? $"https://{account}.{service}.core.windows.net" : null;
    }

    private static bool IsSet(string? value) => !string.IsNullOrWhiteSpace(value);
}
