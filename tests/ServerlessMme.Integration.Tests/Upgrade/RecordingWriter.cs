using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using ServerlessMme.Storage;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>Writes a recording of an account on which nothing works any more.</summary>
internal sealed partial class RecordingWriter(StorageAccount account, string version)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Dictionary<string, string> _files = [];

    /// <summary>
    /// Takes all messages off a queue. Those that a killed worker had received are waited for until they are visible.
    /// </summary>
    public static async Task<IReadOnlyList<RecordedMessage>> DrainAsync(QueueClient queue)
    {
        var taken = new List<RecordedMessage>();
        return await Eventually.GetAsync(Patience, $"end of {queue.Name}", async () =>
        {
            foreach (var message in (await queue.ReceiveMessagesAsync(32)).Value)
            {
                // This receive counts too.
                taken.Add(new RecordedMessage(message.Body.ToString(), message.DequeueCount - 1));
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }

            return (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount == 0 ? taken : null;
        });
    }

    /// <param name="work">The messages on <c>classify</c>.</param>
    /// <param name="machine">The folder for artifacts of the workers.</param>
    public async Task WriteAsync(IReadOnlyList<RecordedMessage> work, string machine)
    {
        if (Directory.Exists(Recording.FolderOf(version)))
        {
            Directory.Delete(Recording.FolderOf(version), recursive: true);
        }

        var containers = await account.Blobs.GetBlobContainersAsync().Select(container => container.Name)
            .ToListAsync();
        var blobs = new List<RecordedBlob>();
        foreach (var container in containers)
        {
            var client = account.Blobs.GetBlobContainerClient(container);
            await foreach (var blob in client.GetBlobsAsync(
                BlobTraits.Metadata, BlobStates.None, null, CancellationToken.None))
            {
                blobs.Add(await SaveAsync(client, blob));
            }
        }

        CopyMachine(machine);
        await new Recording(version, TimeProvider.System.GetUtcNow(), containers, blobs,
        [
            new RecordedQueue(StorageAccount.ClassifyQueue, work),
            new RecordedQueue(StorageAccount.PoisonQueue, await DrainAsync(account.Poison)),
        ]).WriteAsync();
    }

    private async Task<RecordedBlob> SaveAsync(BlobContainerClient container, BlobItem blob)
    {
        var content = (await container.GetBlobClient(blob.Name).DownloadContentAsync()).Value.Content.ToArray();
        var list = (await container.GetBlockBlobClient(blob.Name).GetBlockListAsync(BlockListTypes.Committed)).Value;
        RecordedBlock[] blocks = [.. list.CommittedBlocks.Select(block => new RecordedBlock(block.Name, block.Size))];
        return new RecordedBlob(
            container.Name,
            blob.Name,
            blob.Properties.ETag!.Value.ToString("G").Trim('"'),
            blob.Properties.LastModified!.Value,
            blob.Properties.ContentType,
            blob.Metadata.AsReadOnly(),
            await SaveAsync($"{container.Name}/{blob.Name}", content),
            blocks.Length == 0 ? null : blocks);
    }

    /// <summary>Writes a content, unless it is there already, and returns the name of its file.</summary>
    private async Task<string> SaveAsync(string name, byte[] content)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        if (_files.TryGetValue(hash, out var known))
        {
            return known;
        }

        // Every system and tool can check out such a name.
        var file = Other().Replace(name, "_");
        Assert.DoesNotContain(file, _files.Values);
        var path = Recording.PathOf(version, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, content);
        return _files[hash] = file;
    }

    private void CopyMachine(string machine)
    {
        foreach (var file in Directory.GetFiles(machine, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(machine, file);
            // Sockets and the locks of processes that are gone say nothing.
            if (name.EndsWith(".sock", StringComparison.Ordinal) || name.Contains("users", StringComparison.Ordinal))
            {
                continue;
            }

            var to = Path.Combine(Recording.MachineOf(version), name);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }

    [GeneratedRegex("[^A-Za-z0-9._/-]")]
    private static partial Regex Other();
}
