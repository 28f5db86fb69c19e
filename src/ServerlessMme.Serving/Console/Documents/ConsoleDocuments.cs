using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Review;
using ServerlessMme.Serving.Console.Workers;

namespace ServerlessMme.Serving.Console.Documents;

internal sealed record SessionRequest(string? Token);

internal sealed record SessionBody(string Csrf);

internal sealed record InfoBody(string Version, bool ReadOnly, string Account, string User, string Csrf);

/// <summary>A name that is published, or that only has containers.</summary>
internal sealed record ModelItem(string Name, string Kind, string? Version, long? Bytes)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Target { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Members { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Missing { get; init; }

    /// <summary>Null if the manifest isn't known, or hasn't been read yet.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    public bool HasDrops { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Problem { get; init; }

    // The remaining members are set only for a single model, not in lists.
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Manifest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Digest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Trunk { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? SharedWith { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? MemberNames { get; init; }
}

internal sealed record ModelPage(IReadOnlyList<ModelItem> Items, string? Next);

internal sealed record AnswerItem(
    string Image, string? Answer, double? Score, bool Unsure, string? Error, string? Previous, string? Version,
    DateTimeOffset At, string? Archive)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Member { get; init; }

    public static AnswerItem Of(StoredAnswer answer) => new(
        answer.Image, answer.Answer, answer.Score is { } score && double.IsFinite(score) ? score : null,
        answer.IsUnsure, answer.Error, answer.Previous, answer.ModelVersion, answer.WrittenAt, answer.Archive)
    {
        Member = answer.Member,
    };
}

internal sealed record AnswerPageBody(IReadOnlyList<AnswerItem> Items, string? Next, int Seen)
{
    public static AnswerPageBody Of(AnswerPage page) =>
        new([.. page.Items.Select(AnswerItem.Of)], page.Next?.ToString(), page.Seen);
}

internal sealed record SummaryBody(
    long Seen, IReadOnlyDictionary<string, long> Counts, long Unsure, long Refused, long Changed,
    IReadOnlyDictionary<string, long> Errors, IReadOnlyList<long> Scores)
{
    public static SummaryBody Of(long seen, AnswerTotals totals) => new(
        seen, totals.Counts, totals.Unsure, totals.Refused, totals.Changed, totals.Errors, totals.Scores);
}

internal sealed record AccuracyBody(int Right, int Of, double Low, double High)
{
    public static AccuracyBody From(ReviewAccuracy accuracy) => new(
        accuracy.Right, accuracy.Images, accuracy.Share?.Lower ?? 0, accuracy.Share?.Upper ?? 1);
}

internal sealed record ReviewBody(IReadOnlyList<AnswerItem> Items, string? Next, AccuracyBody Accuracy);

internal sealed record TruthRequest(string? Label);

internal sealed record TruthBody(AccuracyBody Accuracy);

internal sealed record SeenBody(long Seen);

/// <param name="Total">Pairs, including those of omitted cells, as in <paramref name="Same"/>.</param>
internal sealed record CellsBody(IReadOnlyList<string> Labels, IReadOnlyList<AnswerPair> Cells, long Total, long Same);

internal sealed record JobPage(IReadOnlyList<JsonElement> Items, string? Next);

internal sealed record PoisonItem(
    string Digest, IReadOnlyList<PoisonReason> Reasons, long Tries, DateTimeOffset? GivenUpAt, string Message);

internal sealed record PoisonPageBody(IReadOnlyList<PoisonItem> Items, int Count, string? Next);

internal sealed record PoisonRequest(IReadOnlyList<string>? Digests, bool All, string? Search);

internal sealed record PoisonBody(IReadOnlyList<string> Done);

internal sealed record DropBody(string Image, string Etag);

internal sealed record AliasRequest(string? Model);

internal sealed record AliasBody(string Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 32)]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(SessionBody))]
[JsonSerializable(typeof(InfoBody))]
[JsonSerializable(typeof(ModelItem))]
[JsonSerializable(typeof(ModelPage))]
[JsonSerializable(typeof(AnswerPageBody))]
[JsonSerializable(typeof(SummaryBody))]
[JsonSerializable(typeof(ReviewBody))]
[JsonSerializable(typeof(TruthRequest))]
[JsonSerializable(typeof(TruthBody))]
[JsonSerializable(typeof(SeenBody))]
[JsonSerializable(typeof(CellsBody))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(IReadOnlyList<Core.Jobs.RefusedImage>))]
[JsonSerializable(typeof(PoisonPageBody))]
[JsonSerializable(typeof(PoisonRequest))]
[JsonSerializable(typeof(PoisonBody))]
[JsonSerializable(typeof(DropBody))]
[JsonSerializable(typeof(AliasRequest))]
[JsonSerializable(typeof(AliasBody))]
[JsonSerializable(typeof(IReadOnlyList<WatchedWorker>))]
internal sealed partial class ConsoleJson : JsonSerializerContext;
