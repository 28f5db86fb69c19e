using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Drift;

/// <summary>
/// The last scheduled check of each model, <c>jobs/drift/{model}.json</c>. A process claims a check by writing it.
/// Thread-safe.
/// </summary>
public sealed class DriftRuns(IDocumentStore documents)
{
    // The JSON never becomes part of an HTML page, so labels stay readable instead of being escaped.
    private static readonly DriftRunJson Context = new(new JsonSerializerOptions(DriftRunJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Claims a due check of the model. Returns false if this or a later check is already claimed.</summary>
    internal async Task<bool> TryClaimAsync(ModelName model, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var stored = await documents.ReadAsync(Name(model), cancellationToken);
        if (stored is not null && Read(stored) is { } last && last.Due >= due)
        {
            return false;
        }

        return await WriteAsync(
            new DriftRun(model.Value, due, null, null, null),
            stored is null ? WriteCondition.Absent : WriteCondition.Matches(stored.Version),
            cancellationToken);
    }

    /// <summary>Records the result of a claimed check, unless a later one was claimed in the meantime.</summary>
    internal async Task EndAsync(DriftRun run, CancellationToken cancellationToken)
    {
        if (await documents.ReadAsync(Name(run.Model), cancellationToken) is { } stored && Read(stored)?.Due == run.Due)
        {
            await WriteAsync(run, WriteCondition.Matches(stored.Version), cancellationToken);
        }
    }

    private Task<bool> WriteAsync(DriftRun run, WriteCondition condition, CancellationToken cancellationToken) =>
        documents.TryWriteAsync(
            Name(run.Model),
            new NewDocument(JsonSerializer.SerializeToUtf8Bytes(run, Context.DriftRun)),
            condition,
            cancellationToken);

    private static string Name(ModelName model) => Name(model.Value);

    private static string Name(string model) => $"drift/{model}.json";

    /// <summary>Reads a record. Returns null if it is unreadable, so the next check replaces it.</summary>
    private static DriftRun? Read(StoredDocument stored)
    {
        try
        {
            return JsonSerializer.Deserialize(stored.Json.Span, Context.DriftRun);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A scheduled check.</summary>
/// <param name="Due">When it was due.</param>
/// <param name="Problem">Why nothing could be compared; null if it could.</param>
/// <param name="IsDrift">Null until the check has ended, and if nothing could be compared.</param>
/// <param name="Findings">The sentences of the first few findings.</param>
internal sealed record DriftRun(
    string Model, DateTimeOffset Due, string? Problem, bool? IsDrift, IReadOnlyList<string>? Findings);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(DriftRun))]
internal sealed partial class DriftRunJson : JsonSerializerContext;
