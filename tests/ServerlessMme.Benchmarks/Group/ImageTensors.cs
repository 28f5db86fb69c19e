using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>JPEGs as tensors, each decoded once for all models.</summary>
internal sealed class ImageTensors : IDisposable
{
    private static readonly ImagePreprocessor Preprocessor = new(new ImagingOptions());
    private readonly TensorBatch _tensors;
    private readonly InputSpec _input;

    public ImageTensors(InputSpec input, IReadOnlyList<byte[]> jpegs)
        : this(input, jpegs.Count)
    {
        Parallel.For(0, Count, i =>
        {
            // Not disposed: its bytes are nobody's but the benchmark's.
            var reference = new ImageReference(null, "image", null, jpegs[i].Length);
            var image = new EncodedImage(reference, jpegs[i], jpegs[i].Length);
            if (Preprocessor.Fill(image, input, _tensors.Row(i)) is { } refusal)
            {
                throw new InvalidOperationException(refusal.Message);
            }
        });
    }

    private ImageTensors(InputSpec input, int count)
    {
        Count = count;
        _input = input;
        _tensors = new TensorBatch(input, count);
    }

    public int Count { get; }

    /// <summary>Address of an image's tensor; those of the images behind it follow.</summary>
    public nint this[int image] => _tensors.Address + ((nint)image * _tensors.RowBytes);

    /// <summary>A copy of some images' tensors, in this order.</summary>
    public ImageTensors Select(IReadOnlyList<int> images)
    {
        var selected = new ImageTensors(_input, images.Count);
        for (var i = 0; i < images.Count; i++)
        {
            _tensors.Row(images[i]).CopyTo(selected._tensors.Row(i));
        }

        return selected;
    }

    public void Dispose() => _tensors.Dispose();
}
