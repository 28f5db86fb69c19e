using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Rescore;

/// <summary>
/// Remembers each model's latest re-scoring job in <c>jobs/rescores/{model}.json</c>, so it can be found without
/// listing all jobs. Thread-safe.
/// </summary>
public sealed class LatestRescores(IDocumentStore documents, JobRecords records)
{
    /// <summary>Sets a model's latest job.</summary>
    internal Task SetAsync(Job job, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new LatestRescore(job.Id.Value), LatestRescoreJson.Default.LatestRescore);
        return documents.WriteAsync(NameOf(job.Model), new NewDocument(json), WriteCondition.None, cancellationToken);
    }

    /// <summary>Sets a model's latest job unless a later one is set. A killed creator may not have set it.</summary>
    internal async Task SetUnlessLaterAsync(Job job, CancellationToken cancellationToken)
    {
        if (string.CompareOrdinal((await FindIdAsync(job.Model, cancellationToken))?.Value, job.Id.Value) < 0)
        {
            await SetAsync(job, cancellationToken);
        }
    }

    /// <summary>Returns the stored record of the model's latest job, or null if it has no job.</summary>
    public async Task<Job?> FindAsync(ModelName model, CancellationToken cancellationToken) =>
        await FindIdAsync(model, cancellationToken) is { } id
        && await records.FindAsync(id, cancellationToken) is { Kind: JobKind.Rescore } job
        && job.Model == model
            ? job
            : null;

    private async Task<JobId?> FindIdAsync(ModelName model, CancellationToken cancellationToken) =>
        await documents.ReadAsync(NameOf(model), cancellationToken) is { } stored
            ? JobId.Parse(Read(stored.Json)?.Job)
            : null;

    private static string NameOf(ModelName model) => $"rescores/{model}.json";

    private static LatestRescore? Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, LatestRescoreJson.Default.LatestRescore);
        }
        catch (JsonException)
        {
            // Another program wrote it. The next job replaces it.
            return null;
        }
    }
}

internal sealed record LatestRescore(string? Job);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LatestRescore))]
internal sealed partial class LatestRescoreJson : JsonSerializerContext;
