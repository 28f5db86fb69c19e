using System.Collections.Concurrent;
using System.Globalization;
using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Tests.Rescore;

/// <summary>Documents in memory. <see cref="Faults"/> may fail each write. Thread-safe.</summary>
internal sealed class MemoryDocuments(Faults faults) : IDocumentStore
{
    private readonly ConcurrentDictionary<string, (StoredDocument Document, NewDocument Written)> _stored =
        new(StringComparer.Ordinal);

    private readonly Lock _writing = new();

    private int _versions;

    /// <summary>The clock; each look at it takes this long.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    public TimeSpan Tick { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Loses the answer of the next write, so the client repeats the write.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>Called before each write.</summary>
    public Func<string, Task> BeforeWrite { get; set; } = _ => Task.CompletedTask;

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        Now += Tick;
        return Task.FromResult(now);
    }

    public Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_stored.TryGetValue(name, out var found) ? found.Document : null);

    public Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_stored.TryGetValue(name, out var found) ? found.Document.Version : null);

    public async Task<string?> WriteAsync(
        string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken)
    {
        await BeforeWrite(name);
        faults.Before();
        var version = Write(name, document, condition);
        if (LosesAnswer)
        {
            LosesAnswer = false;
            version = Write(name, document, condition);
        }

        faults.After();
        return version;
    }

    public Task RemoveAsync(string name, string? version, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<ListedDocument> ListAsync(string folder, CancellationToken cancellationToken) =>
        _stored.Where(pair => pair.Key.StartsWith(folder, StringComparison.Ordinal)
                && !pair.Key[folder.Length..].Contains('/', StringComparison.Ordinal))
            .Select(pair => new ListedDocument(
                pair.Key, pair.Value.Written.Metadata ?? new Dictionary<string, string>(), default))
            .ToList().ToAsyncEnumerable();

    private string? Write(string name, NewDocument document, WriteCondition condition)
    {
        using var one = _writing.EnterScope();
        var stored = _stored.TryGetValue(name, out var found) ? found.Document.Version : null;
        if ((condition.IsAbsent && stored is not null) || (condition.Version is { } wanted && wanted != stored))
        {
            return null;
        }

        var version = (++_versions).ToString(CultureInfo.InvariantCulture);
        _stored[name] = (new StoredDocument(document.Json.ToArray(), version, TimeSpan.FromHours(1)), document);
        return version;
    }
}
