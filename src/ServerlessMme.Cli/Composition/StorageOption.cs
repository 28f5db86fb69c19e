using System.CommandLine;

namespace ServerlessMme.Cli.Composition;

/// <summary>The option <c>--storage</c>, which every command that needs storage has.</summary>
internal static class StorageOption
{
    public static Option<string?> Create() => new("--storage")
    {
        Description = "Connection string of the storage account. Default: the environment variable "
            + "Mme__Storage__ConnectionString or AzureWebJobsStorage; otherwise local storage ('mme storage start').",
        HelpName = "CONNECTION",
    };
}
