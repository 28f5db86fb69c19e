using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Queues;

namespace ServerlessMme.Functions.Hosting;

/// <summary>
/// Warns if <c>Mme:Queue:MaxTries</c> isn't the host's <c>maxDequeueCount</c>. Otherwise, the app would count a
/// message as given up although the host still retries it, or write no reason when the host gives up on a message.
/// </summary>
internal sealed class MaxTriesCheck(
    IOptions<QueueOptions> queue, IConfiguration configuration, ILogger<MaxTriesCheck> logger)
{
    private const string Variable = "AzureFunctionsJobHost__extensions__queues__maxDequeueCount";

    // The host's default.
    private const int Default = 5;

    private static readonly JsonDocumentOptions HostJson = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <param name="folder">The folder of <c>host.json</c>; without the file nothing is checked.</param>
    public void Run(string folder)
    {
        var ours = queue.Value.MaxTries;
        if (HostTries(Path.Combine(folder, "host.json")) is { } host && host != ours)
        {
            logger.LogWarning(
                "Mme__Queue__MaxTries is {Ours}, but the host gives up on a message after {Host} tries "
                + "(maxDequeueCount in host.json, or {Variable}). Set both to the same number.",
                ours,
                host,
                Variable);
        }
    }

    private int? HostTries(string file)
    {
        // The variable overrides the file.
        if (int.TryParse(configuration[Variable.Replace("__", ":", StringComparison.Ordinal)], out var overridden))
        {
            return overridden;
        }

        try
        {
            using var host = JsonDocument.Parse(File.ReadAllBytes(file), HostJson);
            return host.RootElement.TryGetProperty("extensions", out var extensions)
                && extensions.TryGetProperty("queues", out var queues)
                && queues.TryGetProperty("maxDequeueCount", out var count)
                    ? count.GetInt32()
                    : Default;
        }
        catch (Exception exception) when (exception is IOException or JsonException or InvalidOperationException)
        {
            // The host reports a file that it can't use.
            return null;
        }
    }
}
