using Azure.Core;
using Azure.Core.Pipeline;

namespace ServerlessMme.Storage.Tests.Archives;

/// <summary>A network that loses the answer to the first commit, which storage has carried out.</summary>
internal sealed class LostAnswer : HttpPipelinePolicy
{
    private int _commits;

    public int Commits => _commits;

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        if (message.Request.Method == RequestMethod.Put
            && message.Request.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal)
            && Interlocked.Increment(ref _commits) == 1)
        {
            throw new IOException("The connection was reset.");
        }
    }
}
