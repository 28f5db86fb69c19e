using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Testing.Cache;

namespace ServerlessMme.Hosting.Tests;

public sealed class PreloadServiceTests
{
    [Fact(Timeout = 60_000)]
    public async Task The_list_of_recent_models_is_read_in_the_background()
    {
        using var test = new CacheUnderTest();
        var documents = new Documents();
        var recent = new RecentModels(
            test.Cache, documents, Options.Create(test.Options), test.Time, NullLogger<RecentModels>.Instance);
        using var service = new PreloadService(test.Cache, recent);

        await service.StartAsync(TestContext.Current.CancellationToken);
        var span = await documents.Reader;
        await service.StopAsync(TestContext.Current.CancellationToken);

        Assert.False(span!.IsAllDataRequested);
    }

    /// <summary>An empty store, which remembers the span it was read in.</summary>
    private sealed class Documents : IDocumentStore
    {
        private readonly TaskCompletionSource<Activity?> _reader = new();

        public Task<Activity?> Reader => _reader.Task;

        public Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken)
        {
            _reader.TrySetResult(Activity.Current);
            return Task.FromResult<StoredDocument?>(null);
        }

        public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<string?> WriteAsync(
            string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task RemoveAsync(string name, string? version, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<ListedDocument> ListAsync(string folder, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
