using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Classify;

/// <summary>Serves local files as images, identified by their full paths. Thread-safe.</summary>
internal sealed class LocalImageSource(
    IReadOnlyList<LocalImage> files, WorkingMemory memory, IOptions<ImageOptions> options) : IImageSource
{
    private readonly Dictionary<string, LocalImage> _files = files.ToDictionary(file => file.Path);

    public async IAsyncEnumerable<string> ListAsync(
        ModelName model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in files.Where(file => file.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            yield return file.Path;
        }

        await Task.CompletedTask;
    }

    public async Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        var name = _files[image].Name;
        try
        {
            await using var file = new FileStream(
                image, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous);
            var reference = new ImageReference(null, name, null, file.Length);
            if (file.Length > options.Value.MaxBytes)
            {
                return new FetchedImage(reference, null, options.Value.RefuseSize(name, file.Length));
            }

            return new FetchedImage(reference, await ReadAsync(reference, file, cancellationToken), null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new FetchedImage(new ImageReference(null, name, null, 0), null, new Refusal(
                ErrorCode.ImageNotFound, $"'{Printable.Text(name)}' cannot be read: {exception.Message}"));
        }
    }

    private async Task<EncodedImage> ReadAsync(
        ImageReference reference, FileStream file, CancellationToken cancellationToken)
    {
        var length = (int)reference.Bytes;
        var held = await memory.Images.AcquireAsync(ImageOptions.MemoryOf(length), cancellationToken);
        var image = new EncodedImage(reference, ArrayPool<byte>.Shared.Rent(length), length, held);
        try
        {
            await file.ReadExactlyAsync(image.Writable, cancellationToken);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }
}

/// <summary>A file to classify.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Name">
/// Path relative to the folder that the user named, with forward slashes; the file name if the user named the file.
/// </param>
internal sealed record LocalImage(string Path, string Name);
