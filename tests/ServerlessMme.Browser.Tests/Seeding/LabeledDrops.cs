using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>A published name, as labels tell it.</summary>
/// <param name="Labels">The labels of its manifest.</param>
internal sealed record Answerer(ModelName Name, AnsweringModel Model, IReadOnlyList<string> Labels);

/// <summary>
/// Drops with labels as workers write them. The labels are current, so a worker that runs later leaves them alone.
/// </summary>
internal sealed class LabeledDrops(StorageAccount account, ILabelSink sink)
{
    private const int AtOnce = 32;
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Writes many drops, several at a time.</summary>
    public static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> write) => Parallel.ForEachAsync(
        items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) => await write(item));

    public async Task<ImageReference> DropAsync(ModelName model, string image, byte[] content)
    {
        var uploaded = await account.ImagesOf(model).GetBlobClient(image)
            .UploadAsync(BinaryData.FromBytes(content), overwrite: true);
        return new ImageReference(
            model.ImagesContainer, image, uploaded.Value.ETag.ToString().Trim('"'), content.Length);
    }

    /// <param name="best">Index of the best label.</param>
    /// <param name="previous">The previous version's answer; null when unknown.</param>
    public async Task AnswerAsync(
        Answerer by, string image, byte[] content, int best, float score, string? previous = null)
    {
        var reference = await DropAsync(by.Name, image, content);
        await WriteAsync(by.Name, Answer(by, reference, best, score, previous));
    }

    public async Task RefuseAsync(Answerer by, string image, byte[] content, ErrorCode code, string message)
    {
        var reference = await DropAsync(by.Name, image, content);
        await WriteAsync(by.Name, new Label(reference, by.Model, [], new Refusal(code, message), Noon));
    }

    public static Label Answer(
        Answerer by, ImageReference image, int best, float score, string? previous = null) =>
        new(image, by.Model, Top(by.Labels, best, score), null, Noon, previous) { IsUnsure = score < 0.5f };

    public Task WriteAsync(ModelName model, Label label) => sink.WriteAsync(model, label, CancellationToken.None);

    private static List<ScoredClass> Top(IReadOnlyList<string> labels, int best, float score)
    {
        var (second, third) = ((best + 1) % labels.Count, (best + 2) % labels.Count);
        return
        [
            new ScoredClass(labels[best], best, score),
            new ScoredClass(labels[second], second, (1 - score) * Math.Min(0.6f, score)),
            new ScoredClass(labels[third], third, (1 - score) * 0.2f * score),
        ];
    }
}
