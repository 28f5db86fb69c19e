using System.Text.Json.Nodes;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>Recordings whose unfinished work a worker of this version has finished. One emulator per version.</summary>
public sealed class FinishedRecordings : RestoredRecordings
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(120);

    private protected override async Task<RestoredAccount> CreateAsync(string version)
    {
        var account = await base.CreateAsync(version);
        await account.RunAsync("poison", "retry", "--all");
        await using var worker = MmeProcess.Start(
            account.Connection, [("Mme__Artifacts__Folder", account.Machine)], ["worker"]);
        await worker.ListeningAsync();
        await Eventually.GetAsync<object>(Long, "end of all jobs", async () =>
            await AreEndedAsync(account) ? account : null);
        // Only sweeps find these. A sweep that has labeled the second image began after one that has seen all labels.
        await LabeledAsync(account, Scenario.Again);
        await account.Account.ImagesOf(ModelName.Parse(Scenario.Colors).Value).GetBlobClient("marker.jpg")
            .UploadAsync(Path.Combine(Repository.Samples("cifar10"), "frog-3.jpg"));
        await LabeledAsync(account, "marker.jpg");
        await Eventually.GetAsync<object>(Long, "end of the queue", async () =>
            (await account.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0 ? account : null);
        return account;
    }

    private static async Task<bool> AreEndedAsync(RestoredAccount account)
    {
        var names = await account.Account.Jobs.GetBlobsAsync().Select(blob => blob.Name).ToListAsync();
        foreach (var name in names.Where(name => JobId.Parse(Path.ChangeExtension(name, null)) is not null))
        {
            var record = await account.Account.Jobs.GetBlobClient(name).DownloadContentAsync();
            var job = JsonNode.Parse(record.Value.Content)!;
            // The job of a message that was given up had ended, and counts it again.
            if (job["endedAt"] is null || (int)job["counts"]!["givenUp"]! > 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Waits until an image has a label that names the image's version of now.</summary>
    private static Task LabeledAsync(RestoredAccount account, string image) =>
        Eventually.GetAsync<object>(Long, $"label of {image}", async () =>
        {
            var model = ModelName.Parse(Scenario.Colors).Value;
            var label = account.Account.LabelsOf(model).GetBlobClient($"{image}.json");
            if (!await label.ExistsAsync())
            {
                return null;
            }

            var version = (await account.Account.ImagesOf(model).GetBlobClient(image).GetPropertiesAsync()).Value.ETag;
            return (await label.GetPropertiesAsync()).Value.Metadata["imageetag"] == version.ToString("G").Trim('"')
                ? label
                : null;
        });
}
