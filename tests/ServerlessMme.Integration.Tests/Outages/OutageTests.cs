using System.Text.Json.Nodes;
using ServerlessMme.Core.Models;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Outages;

public sealed class OutageTests
{
    private const int Timeout = 300_000;
    private const int Count = 400;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(100);
    private static readonly ModelName Model = ModelName.Parse("cifar10").Value;

    private static readonly (string, string)[] Settings =
    [
        // Nothing but retries may bring the labels.
        ("Mme__Reconcile__Interval", "00:00:00"),
        // Some messages are in work, and most wait, even on a machine that is done with a batch in milliseconds.
        ("Mme__Queue__BatchSize", "8"),
        ("Mme__Queue__Listeners", "1"),
        ("Mme__Queue__Visibility", "00:00:05"),
        ("Mme__Queue__MaxRetryDelay", "00:00:05"),
    ];

    [Fact(Timeout = Timeout)]
    public async Task Storage_that_is_stopped_can_be_disposed()
    {
        await using var storage = await RestartableStorage.StartAsync();

        await storage.StopAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task Storage_that_stops_and_comes_back_has_every_label_and_no_poison()
    {
        await using var storage = await RestartableStorage.StartAsync();
        await SendAsync(storage);
        await using var worker = MmeProcess.Start(storage.Connection, Settings, ["worker"]);
        await Eventually.GetAsync<object>(
            Long, "first label", async () => await CountLabelsAsync(storage) > 0 ? storage : null);
        var waiting = (await storage.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount;

        await storage.StopAsync();
        // The Azure SDK's own retries end first, so the outage has cost messages in work a try.
        await Eventually.GetAsync<object>(Long, "failure of messages in work", () => Task.FromResult<object?>(
            worker.Errors.Contains("will be retried", StringComparison.Ordinal)
            && worker.Errors.Contains("The queue cannot be read", StringComparison.Ordinal) ? worker : null));
        await storage.StartAgainAsync();

        await Eventually.GetAsync<object>(
            Long, "labels of all images", async () => await CountLabelsAsync(storage) == Count ? storage : null);
        await Eventually.GetAsync<object>(Long, "empty queue", async () =>
            (await storage.Account.Classify.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0 ? storage : null);
        Assert.InRange(waiting, 50, Count);
        await foreach (var label in storage.Account.LabelsOf(Model).GetBlobsAsync())
        {
            var content = await storage.Account.LabelsOf(Model).GetBlobClient(label.Name).DownloadContentAsync();
            Assert.NotNull(JsonNode.Parse(content.Value.Content)!["label"]);
        }

        Assert.Equal(0, (await storage.Account.Poison.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.False(worker.HasExited);
        Assert.Contains("The queue can be read again after", worker.Errors, StringComparison.Ordinal);
    }

    /// <summary>Publishes the model, and sends a message for each of the images.</summary>
    private static async Task SendAsync(RestartableStorage storage)
    {
        var pushed = await MmeProcess.RunAsync(
            storage.Connection, "models", "push", Repository.PathOf("models", "cifar10"));
        Assert.Equal(0, pushed.ExitCode);
        await storage.Account.CreateAsync(CancellationToken.None);
        var sample = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        await storage.Account.ImagesOf(Model).CreateIfNotExistsAsync();
        await storage.Account.LabelsOf(Model).CreateIfNotExistsAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), async (i, stopping) =>
        {
            await storage.Account.ImagesOf(Model).GetBlobClient($"{i}.jpg").UploadAsync(sample, stopping);
            await storage.Account.Classify.SendMessageAsync(
                $$"""{"model":"cifar10","images":["{{i}}.jpg"]}""", stopping);
        });
    }

    private static async Task<int> CountLabelsAsync(RestartableStorage storage) =>
        await storage.Account.LabelsOf(Model).GetBlobsAsync().CountAsync();
}
