using System.Buffers;
using System.Runtime.CompilerServices;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Benchmarks.Archive;

/// <summary>Images that are in memory already, and labels that go nowhere but into JSON.</summary>
internal sealed class MemoryImages(IReadOnlyList<(string Name, byte[] Jpeg)> images) : IImageSource, ILabelSink
{
    private readonly Dictionary<string, byte[]> _images = images.ToDictionary(image => image.Name, image => image.Jpeg);
    private long _bytes;

    /// <summary>Bytes of all labels.</summary>
    public long Bytes => _bytes;

    public async IAsyncEnumerable<string> ListAsync(
        ModelName model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (name, _) in images)
            yield return name;
        await Task.CompletedTask;
    }

    public Task<FetchedImage> FetchAsync(
        ModelName model, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        var jpeg = _images[image];
        var reference = new ImageReference(null, image, null, jpeg.Length);
        var rented = ArrayPool<byte>.Shared.Rent(jpeg.Length);
        jpeg.CopyTo(rented, 0);
        return Task.FromResult(new FetchedImage(reference, new EncodedImage(reference, rented, jpeg.Length), null));
    }

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult<LabelStamp?>(null);

    public Task WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _bytes, LabelJson.Write(label).Length);
        return Task.CompletedTask;
    }
}
