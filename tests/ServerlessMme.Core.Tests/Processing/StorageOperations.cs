using System.Collections.Concurrent;
using Azure.Core;
using Azure.Core.Pipeline;

namespace ServerlessMme.Core.Tests.Processing;

/// <summary>Counts requests to storage by what they are about.</summary>
internal sealed class StorageOperations : HttpPipelineSynchronousPolicy
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>Requests about images, labels and messages; looks at models are not counted.</summary>
    public int Total =>
        _counts.Where(count => !count.Key.EndsWith(" models", StringComparison.Ordinal)).Sum(count => count.Value);

    public string Text => string.Join(", ", _counts.Select(count => $"{count.Value} {count.Key}"));

    public override void OnSendingRequest(HttpMessage message)
    {
        // The account's name comes first in the emulator's paths.
        var parts = message.Request.Uri.ToUri().AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var about = parts[1].Split('-')[0];
        var key = $"{message.Request.Method} {about}";
        _counts.AddOrUpdate(key, 1, (_, count) => count + 1);
    }
}
