namespace ServerlessMme.Core.Documents;

/// <summary>
/// Small JSON documents that workers share: job records, their shards, and the reasons of poison messages.
/// Failures of the store are thrown. Thread-safe.
/// </summary>
public interface IDocumentStore
{
    /// <summary>
    /// Returns the time by the store's clock, which dates documents and labels, to the second. Creates the store if it
    /// is missing.
    /// </summary>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken);

    /// <summary>Returns the named document; null if it doesn't exist.</summary>
    Task<StoredDocument?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Returns the version of the named document, without its content; null if it doesn't exist.</summary>
    Task<string?> FindVersionAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a document. Returns its new version; null if the condition doesn't hold and nothing was written.
    /// </summary>
    Task<string?> WriteAsync(
        string name, NewDocument document, WriteCondition condition, CancellationToken cancellationToken);

    /// <summary>Removes a document, if it exists.</summary>
    /// <param name="version">Removes this version only; null removes any.</param>
    Task RemoveAsync(string name, string? version, CancellationToken cancellationToken);

    /// <summary>
    /// Lists the documents whose name is <paramref name="folder"/> plus one segment, without their content.
    /// </summary>
    /// <param name="folder">Empty, or a path that ends with a slash.</param>
    IAsyncEnumerable<ListedDocument> ListAsync(string folder, CancellationToken cancellationToken);
}

/// <summary>Writes for callers that don't need the new version.</summary>
internal static class DocumentWrites
{
    /// <summary>Writes a document. Returns false if the condition doesn't hold and nothing was written.</summary>
    public static async Task<bool> TryWriteAsync(
        this IDocumentStore documents,
        string name,
        NewDocument document,
        WriteCondition condition,
        CancellationToken cancellationToken) =>
        await documents.WriteAsync(name, document, condition, cancellationToken) is not null;
}

/// <summary>A document as it was read.</summary>
/// <param name="Json">UTF-8.</param>
/// <param name="Version">Changes with every write.</param>
/// <param name="Age">Time since it was written, by the store's clock.</param>
public sealed record StoredDocument(ReadOnlyMemory<byte> Json, string Version, TimeSpan Age);

/// <summary>A document to write.</summary>
/// <param name="Json">UTF-8.</param>
/// <param name="Metadata">Short ASCII values that a listing shows; null for none.</param>
public sealed record NewDocument(ReadOnlyMemory<byte> Json, IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>A document as a listing shows it.</summary>
/// <param name="WrittenAt">By the store's clock, to the second.</param>
public sealed record ListedDocument(
    string Name, IReadOnlyDictionary<string, string> Metadata, DateTimeOffset WrittenAt);

/// <summary>A condition that the stored document must meet for a write to succeed.</summary>
public readonly record struct WriteCondition
{
    /// <summary>Overwrites whatever is stored.</summary>
    public static readonly WriteCondition None;

    /// <summary>Writes only if no document has the name.</summary>
    public static readonly WriteCondition Absent = new() { IsAbsent = true };

    /// <summary>True if the name must be free.</summary>
    public bool IsAbsent { get; private init; }

    /// <summary>The version that must be stored; null if any may be.</summary>
    public string? Version { get; private init; }

    /// <summary>Overwrites this version only.</summary>
    public static WriteCondition Matches(string version) => new() { Version = version };
}
