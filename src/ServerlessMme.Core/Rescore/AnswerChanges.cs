using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Core.Rescore;

/// <summary>
/// The changes that a re-scoring job made: a confusion matrix of previous and current answers. See
/// docs/schemas/v1/rescore.json.
/// </summary>
/// <param name="Total">Images compared, including those without a previous answer.</param>
/// <param name="Changed">Images whose answer changed.</param>
/// <param name="New">Images without a known previous answer.</param>
/// <param name="Changes">All pairs, including unchanged ones, most frequent first.</param>
public sealed record AnswerChanges(
    string Job, string Model, long Total, long Unchanged, long Changed, long New, IReadOnlyList<AnswerChange> Changes)
{
    // The JSON never becomes part of an HTML page, so labels stay readable instead of being escaped.
    private static readonly AnswerChangesJson Context = new(new JsonSerializerOptions(AnswerChangesJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>Adds up the shards of a job.</summary>
    public static async Task<AnswerChanges> OfAsync(
        Job job, JobShards shards, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<(string? From, string To), long>();
        await foreach (var shard in shards.ReadAsync(job.Id, cancellationToken))
        {
            foreach (var change in shard.Changes)
            {
                var pair = (change.From, change.To);
                counts[pair] = counts.GetValueOrDefault(pair) + change.Count;
            }
        }

        var changes = counts.Select(pair => new AnswerChange(pair.Key.From, pair.Key.To, pair.Value))
            .OrderByDescending(change => change.Count)
            .ThenBy(change => change.From, StringComparer.Ordinal).ThenBy(change => change.To, StringComparer.Ordinal)
            .ToList();
        return new AnswerChanges(
            job.Id.Value,
            job.Model.Value,
            changes.Sum(change => change.Count),
            changes.Where(change => change.From == change.To).Sum(change => change.Count),
            changes.Where(change => change.From is not null && change.From != change.To).Sum(change => change.Count),
            changes.Where(change => change.From is null).Sum(change => change.Count),
            changes);
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Context.AnswerChanges);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(AnswerChanges))]
internal sealed partial class AnswerChangesJson : JsonSerializerContext;
