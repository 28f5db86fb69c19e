using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using ServerlessMme.Integration.Tests.Outages;
using ServerlessMme.Storage;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>A recording in an emulator of its own, with the ETags and times of the recorded blobs.</summary>
internal sealed class RestoredAccount : IAsyncDisposable
{
    private static readonly TimeSpan Hidden = TimeSpan.FromMinutes(10);
    private readonly RestartableStorage _storage;
    private readonly TemporaryFolder _machine = new();

    private RestoredAccount(RestartableStorage storage, Recording recording)
    {
        _storage = storage;
        Recording = recording;
    }

    public Recording Recording { get; }

    public string Connection => _storage.Connection;

    public StorageAccount Account => _storage.Account;

    /// <summary>A copy of the recorded folder for artifacts.</summary>
    public string Machine => _machine.Root;

    public static async Task<RestoredAccount> StartAsync(string version)
    {
        var recording = await Recording.ReadAsync(version);
        var storage = await RestartableStorage.StartAsync();
        var restored = new RestoredAccount(storage, recording);
        foreach (var container in recording.Containers)
        {
            await storage.Account.Blobs.GetBlobContainerClient(container).CreateAsync();
        }

        await Parallel.ForEachAsync(recording.Blobs, async (blob, _) => await restored.UploadAsync(blob));
        await storage.StopAsync();
        await SetVersionsAsync(storage.Folder, recording.Blobs);
        await storage.StartAgainAsync();
        await restored.CheckVersionsAsync();
        foreach (var queue in recording.Queues)
        {
            await SendAsync(storage.Account.Queues.GetQueueClient(queue.Name), queue.Messages);
        }

        restored.CopyMachine();
        return restored;
    }

    /// <summary>Runs a command that must succeed, and returns its output.</summary>
    public Task<string> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <inheritdoc cref="RunAsync(string[])"/>
    public async Task<string> RunAsync((string, string)[] settings, params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(Connection, settings, arguments);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}: {output}{errors}");
        return output;
    }

    /// <summary>The ETags of a container's blobs, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> VersionsAsync(string container) =>
        await Account.Blobs.GetBlobContainerClient(container)
            .GetBlobsAsync(BlobTraits.None, BlobStates.None, null, CancellationToken.None)
            .ToDictionaryAsync(blob => blob.Name, blob => ETagOf(blob.Properties));

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        _machine.Dispose();
    }

    private async Task UploadAsync(RecordedBlob blob)
    {
        var content = await Recording.ContentAsync(blob);
        var client = Account.Blobs.GetBlobContainerClient(blob.Container).GetBlockBlobClient(blob.Name);
        var headers = new BlobHttpHeaders { ContentType = blob.ContentType };
        var metadata = blob.Metadata.ToDictionary();
        if (blob.Blocks is not { } blocks)
        {
            await client.UploadAsync(
                new MemoryStream(content), new BlobUploadOptions { HttpHeaders = headers, Metadata = metadata });
            return;
        }

        var offset = 0;
        foreach (var block in blocks)
        {
            await client.StageBlockAsync(block.Id, new MemoryStream(content, offset, block.Bytes));
            offset += block.Bytes;
        }

        await client.CommitBlockListAsync(
            blocks.Select(block => block.Id),
            new CommitBlockListOptions { HttpHeaders = headers, Metadata = metadata });
    }

    /// <summary>
    /// Storage gives every upload a new ETag and time. Labels name the ETags of images and models, and jobs compare
    /// times, so the recorded ones are written into the files of the stopped emulator.
    /// </summary>
    private static async Task SetVersionsAsync(string folder, IReadOnlyList<RecordedBlob> blobs)
    {
        var path = Path.Combine(folder, "__azurite_db_blob__.json");
        var database = JsonNode.Parse(await File.ReadAllBytesAsync(path))!;
        var stored = database["collections"]!.AsArray()
            .Single(collection => (string?)collection!["name"] == "$BLOBS_COLLECTION$")!["data"]!.AsArray()
            .ToDictionary(blob => ((string)blob!["containerName"]!, (string)blob["name"]!));
        foreach (var blob in blobs)
        {
            var properties = stored[(blob.Container, blob.Name)]!["properties"]!;
            properties["etag"] = $"\"{blob.ETag}\"";
            properties["lastModified"] = blob.LastModified.UtcDateTime;
        }

        await File.WriteAllTextAsync(path, database.ToJsonString());
    }

    private async Task CheckVersionsAsync()
    {
        foreach (var container in Recording.Containers)
        {
            var recorded = Recording.In(container);
            var blobs = await Account.Blobs.GetBlobContainerClient(container)
                .GetBlobsAsync(BlobTraits.None, BlobStates.None, null, CancellationToken.None).ToListAsync();
            Assert.Equal(
                recorded.Values.Select(blob => (blob.Name, blob.ETag, blob.LastModified)).Order(),
                blobs.Select(blob => (
                    blob.Name, ETagOf(blob.Properties), blob.Properties.LastModified!.Value)).Order());
        }
    }

    /// <summary>Sends messages, and receives each as often as it had been received.</summary>
    private static async Task SendAsync(QueueClient queue, IReadOnlyList<RecordedMessage> messages)
    {
        await queue.CreateIfNotExistsAsync();
        var held = new List<(string Id, string Receipt, string Text)>();
        foreach (var message in messages)
        {
            // The others are hidden, so the next receive returns this one.
            var sent = (await queue.SendMessageAsync(message.Text, Hidden)).Value;
            var receipt = sent.PopReceipt;
            for (var tries = 0; tries < message.Tries; tries++)
            {
                await queue.UpdateMessageAsync(sent.MessageId, receipt, message.Text, TimeSpan.Zero);
                receipt = (await queue.ReceiveMessageAsync(Hidden)).Value.PopReceipt;
            }

            held.Add((sent.MessageId, receipt, message.Text));
        }

        foreach (var (id, receipt, text) in held)
        {
            await queue.UpdateMessageAsync(id, receipt, text, TimeSpan.Zero);
        }
    }

    private static string ETagOf(BlobItemProperties properties) => properties.ETag!.Value.ToString("G").Trim('"');

    private void CopyMachine()
    {
        var from = Recording.MachineOf(Recording.Version);
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var to = _machine.PathOf(Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }
}
