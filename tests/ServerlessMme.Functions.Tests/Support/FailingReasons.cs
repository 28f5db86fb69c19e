using ServerlessMme.Core.Documents;

namespace ServerlessMme.Functions.Tests.Support;

/// <summary>A store whose writes fail, or never end.</summary>
internal sealed class FailingReasons(bool hangs) : IDocumentStore
{
    public async Task<string?> WriteAsync(
        string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken)
    {
        if (hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        throw new IOException("The store takes nothing.");
    }

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task RemoveAsync(string name, string? version, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedDocument> ListAsync(string folder, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
