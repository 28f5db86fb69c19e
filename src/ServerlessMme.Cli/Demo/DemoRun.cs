using System.Diagnostics;
using System.Text.Json;
using Azure.Storage.Blobs;
using ServerlessMme.Core.Names;
using ServerlessMme.Storage;

namespace ServerlessMme.Cli.Demo;

/// <summary>Drops the samples like any storage client, and waits for their labels. Use one instance per demo.</summary>
internal sealed class DemoRun(StorageAccount account, IReadOnlyList<Sample> samples)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private readonly Dictionary<Sample, Drop> _dropped = [];

    /// <summary>Drops all samples, several at a time.</summary>
    public Task DropAsync(Action advance, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(samples, cancellationToken, async (sample, stopping) =>
        {
            await using var file = File.OpenRead(sample.Path);
            var blob = Images(sample).GetBlobClient(sample.Name);
            var uploaded = await blob.UploadAsync(file, overwrite: true, stopping);
            lock (_dropped)
            {
                _dropped[sample] = new Drop(Stopwatch.GetTimestamp(), uploaded.Value.ETag.ToString().Trim('"'));
            }

            advance();
        });

    /// <summary>Waits until every sample has its label, for at most <paramref name="atMost"/>.</summary>
    public async Task<IReadOnlyList<DemoAnswer>> CollectAsync(
        Action advance, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var answers = new Dictionary<Sample, DemoAnswer>();
        while (answers.Count < samples.Count && Stopwatch.GetElapsedTime(started) < atMost)
        {
            foreach (var group in samples.Where(s => !answers.ContainsKey(s)).GroupBy(s => s.Model).ToList())
            {
                var there = await ListAsync(account.LabelsOf(group.Key), cancellationToken);
                foreach (var sample in group.Where(sample => there.Contains(LabelName.Of(sample.Name))))
                {
                    if (await ReadAsync(sample, cancellationToken) is { } answer)
                    {
                        answers[sample] = answer;
                        advance();
                    }
                }
            }

            await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
        }

        return [.. samples.Select(s => answers.GetValueOrDefault(s) ?? new DemoAnswer(s, null, null, null, atMost))];
    }

    private BlobContainerClient Images(Sample sample) => account.ImagesOf(sample.Model);

    private static async Task<HashSet<string>> ListAsync(BlobContainerClient labels, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>();
        await foreach (var blob in labels.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            names.Add(blob.Name);
        }

        return names;
    }

    /// <summary>Returns the answer, or null while the label is from an earlier demo.</summary>
    private async Task<DemoAnswer?> ReadAsync(Sample sample, CancellationToken cancellationToken)
    {
        var drop = _dropped[sample];
        var waited = Stopwatch.GetElapsedTime(drop.Timestamp);
        var blob = account.LabelsOf(sample.Model).GetBlobClient(LabelName.Of(sample.Name));
        using var json = JsonDocument.Parse((await blob.DownloadContentAsync(cancellationToken)).Value.Content);
        var root = json.RootElement;
        if (root.GetProperty("image").TryGetProperty("etag", out var etag) && etag.GetString() != drop.ETag)
        {
            return null;
        }

        return root.TryGetProperty("error", out var error)
            ? new DemoAnswer(sample, null, error.GetProperty("code").GetString(), null, waited)
            : new DemoAnswer(sample, root.GetProperty("label").GetString(), null,
                root.GetProperty("score").GetSingle(), waited);
    }

    private readonly record struct Drop(long Timestamp, string ETag);
}

/// <summary>The answer for a sample. It has neither label nor error if no answer came in time.</summary>
/// <param name="Waited">Time from the end of the drop until the label was found.</param>
internal sealed record DemoAnswer(Sample Sample, string? Label, string? Error, float? Score, TimeSpan Waited)
{
    public bool IsExpected => Label == Sample.Label && Error == Sample.Error;
}
