using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Documents;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>
/// Loads the most recently used models at startup, because the first drop of a new process is likely to be for one of
/// them. All processes share one list in storage, and the last writer wins. One per process.
/// </summary>
public sealed class RecentModels(
    ModelCache cache,
    IDocumentStore documents,
    IOptions<ModelCacheOptions> options,
    TimeProvider time,
    ILogger<RecentModels> logger)
{
    /// <summary>Name of the list in the container <c>jobs</c>.</summary>
    public const string Document = "recent/models.json";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly int _count = options.Value.PreloadRecent;

    /// <summary>The time when each model was loaded without a request for it.</summary>
    private readonly Dictionary<string, DateTimeOffset> _loaded = new(StringComparer.Ordinal);

    private string[] _stored = [];

    /// <summary>Loads the models on the list. Failures are logged, because no label depends on it.</summary>
    public Task LoadAsync(CancellationToken cancellationToken) => TryAsync(ReadAndLoadAsync, "loaded", cancellationToken);

    /// <summary>Writes the list once a minute if it has changed, until canceled. Failures are logged.</summary>
    public async Task RememberAsync(CancellationToken cancellationToken)
    {
        while (_count > 0 && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await TryAsync(SaveAsync, "remembered", cancellationToken);
        }
    }

    private async Task ReadAndLoadAsync(CancellationToken cancellationToken)
    {
        _stored = await ReadAsync(cancellationToken);
        // One at a time, so the model of a first drop doesn't wait for all of them.
        foreach (var text in _stored)
        {
            await TryAsync(stopping => LoadAsync(text, stopping), "loaded", cancellationToken);
            var status = cache.Snapshot();
            if (status.ResidentBytes > status.BudgetBytes / 2)
            {
                // The remaining models were used longer ago, and must not evict loaded or requested ones.
                break;
            }
        }
    }

    private async Task LoadAsync(string text, CancellationToken cancellationToken)
    {
        if (ModelName.Parse(text).TryGet(out var name, out _))
        {
            // Ignore a refusal: nobody has requested the model yet.
            using var acquired = await cache.AcquireAsync(name, null, cancellationToken);
            _loaded[text] = time.GetUtcNow();
        }
    }

    /// <summary>
    /// Saves the models that requests used, followed by those on the stored list. A model leaves the list only when
    /// others replace it, because this process may see requests for only a few of the models that all processes serve.
    /// </summary>
    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        var used = cache.Snapshot().Models
            .Where(model => model.State == ModelState.Ready
                && !(_loaded.TryGetValue(model.Name.Value, out var loaded) && model.LastUsed <= loaded))
            .OrderByDescending(model => model.LastUsed).ThenBy(model => model.Name.Value, StringComparer.Ordinal)
            .Select(model => model.Name.Value).Distinct().Take(_count).ToList();
        if (used.All(_stored.Contains))
        {
            return;
        }

        string[] names = [.. used.Union(await ReadAsync(cancellationToken)).Take(_count)];
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new RecentModelList(names), RecentModelsJson.Default.RecentModelList);
        await documents.TryWriteAsync(Document, new NewDocument(json), WriteCondition.None, cancellationToken);
        _stored = names;
    }

    private async Task<string[]> ReadAsync(CancellationToken cancellationToken)
    {
        if (await documents.ReadAsync(Document, cancellationToken) is not { } document)
        {
            return [];
        }

        var list = JsonSerializer.Deserialize(document.Json.Span, RecentModelsJson.Default.RecentModelList);
        return [.. (list?.Models ?? []).OfType<string>().Take(_count)];
    }

    private async Task TryAsync(
        Func<CancellationToken, Task> work, string done, CancellationToken cancellationToken)
    {
        try
        {
            if (_count > 0 && !cancellationToken.IsCancellationRequested)
            {
                await work(cancellationToken);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogDebug(exception, "The recently used models could not be {Done}", done);
        }
        catch (OperationCanceledException)
        {
            // The process is stopping.
        }
    }
}

/// <summary>The document <c>recent/models.json</c>.</summary>
/// <param name="Models">The names, most recently used first.</param>
internal sealed record RecentModelList(IReadOnlyList<string> Models);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RecentModelList))]
internal sealed partial class RecentModelsJson : JsonSerializerContext;
