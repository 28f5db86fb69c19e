using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Tests.Candidates;

/// <summary>A store that has no document, and counts how often it is listed.</summary>
internal sealed class NoDocuments : IDocumentStore
{
    private int _listings;

    public int Listings => _listings;

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<StoredDocument?>(null);

    public Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(null);

    public Task<string?> WriteAsync(
        string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task RemoveAsync(string name, string? version, CancellationToken cancellationToken) => Task.CompletedTask;

    public IAsyncEnumerable<ListedDocument> ListAsync(string folder, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _listings);
        return AsyncEnumerable.Empty<ListedDocument>();
    }
}
