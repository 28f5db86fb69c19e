using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Cli.Submit;

/// <summary>Uploads local images to a model's container, except those that it already has.</summary>
internal sealed class FolderUpload(BlobContainerClient container, IReadOnlyList<LocalImage> files)
{
    private const int Parallelism = 8;
    private int _uploaded;

    /// <summary>Number of files uploaded so far, without those that the container already had.</summary>
    public int Uploaded => _uploaded;

    /// <summary>Uploads several files at a time, and returns each name once its content is in the container.</summary>
    public async IAsyncEnumerable<string> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var there = await ListAsync(cancellationToken);
        var names = Channel.CreateBounded<string>(Parallelism * 16);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = stop.Token };
        var uploading = Task.Run(async () =>
        {
            try
            {
                await Parallel.ForEachAsync(files, options, async (file, stopping) =>
                {
                    // An invalid name is returned without an upload, so the job counts it as refused.
                    if (ImageName.Check(file.Name) is null)
                    {
                        await UploadAsync(file, there, stopping);
                    }

                    await names.Writer.WriteAsync(file.Name, stopping);
                });
                names.Writer.Complete();
            }
            catch (Exception exception)
            {
                names.Writer.Complete(exception);
            }
        }, CancellationToken.None);
        try
        {
            await foreach (var name in names.Reader.ReadAllAsync(cancellationToken))
            {
                yield return name;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await uploading;
        }
    }

    private async Task UploadAsync(
        LocalImage file, Dictionary<string, Stored> there, CancellationToken cancellationToken)
    {
        await using var content = new FileStream(
            file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
#pragma warning disable CA5351 // Storage's own checksum of a blob is MD5; nothing is kept secret with it.
        var digest = await MD5.HashDataAsync(content, cancellationToken);
#pragma warning restore CA5351
        if (there.TryGetValue(file.Name, out var stored) && stored.IsSame(content.Length, digest))
        {
            return;
        }

        content.Position = 0;
        // Storage verifies the digest and keeps it, so the next upload finds it in a listing.
        await container.GetBlobClient(file.Name).UploadAsync(
            content,
            new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentHash = digest } },
            cancellationToken);
        Interlocked.Increment(ref _uploaded);
    }

    private async Task<Dictionary<string, Stored>> ListAsync(CancellationToken cancellationToken)
    {
        var wanted = files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        var there = new Dictionary<string, Stored>(StringComparer.Ordinal);
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            if (wanted.Contains(blob.Name))
            {
                there[blob.Name] = new Stored(blob.Properties.ContentLength, blob.Properties.ContentHash);
            }
        }

        return there;
    }

    /// <summary>Size and MD5 digest of a blob in the container.</summary>
    private sealed record Stored(long? Bytes, byte[]? Digest)
    {
        public bool IsSame(long bytes, byte[] digest) =>
            Bytes == bytes && Digest is not null && Digest.AsSpan().SequenceEqual(digest);
    }
}
