using System.Collections.Concurrent;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// Images that the same members must answer, preprocessed once for all of them. Members may score them from several
/// threads, and all must finish before the frame is disposed.
/// </summary>
internal sealed class GroupFrame : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(int First, int Count), ImageBatch> _batches = new();
    private readonly TensorBatch? _tensors;
    private readonly SharedRuns? _shared;
    private readonly List<GroupImage> _images;
    private readonly List<(GroupImage Image, Refusal Refusal)> _misfits;

    private GroupFrame(
        TensorBatch? tensors, long room, List<GroupImage> images, List<(GroupImage Image, Refusal Refusal)> misfits)
    {
        _tensors = tensors;
        // Capacity for all images, because models with a smaller maximum batch score slices of the tensors.
        _shared = tensors is null ? null : new SharedRuns(room * images.Count);
        _images = images;
        _misfits = misfits;
    }

    /// <summary>The images to score.</summary>
    public IReadOnlyList<GroupImage> Images => _images;

    /// <summary>Images that these members refuse, although members with other inputs may not.</summary>
    public IReadOnlyList<(GroupImage Image, Refusal Refusal)> Misfits => _misfits;

    /// <summary>Preprocesses images. Bytes that are not an image get a refusal, for all members.</summary>
    /// <param name="input">Null for members that take encoded images.</param>
    /// <param name="room">Bytes per image for results that members share.</param>
    /// <param name="workers">Number of images to decode in parallel.</param>
    public static async Task<GroupFrame> CreateAsync(
        IReadOnlyList<GroupImage> images,
        InputSpec? input,
        long room,
        IImagePreprocessor preprocessor,
        int workers,
        CancellationToken cancellationToken)
    {
        if (input is null)
        {
            return new GroupFrame(null, 0, [.. images], []);
        }

        var tensors = new TensorBatch(input, images.Count);
        try
        {
            var refusals = new Refusal?[images.Count];
            var parallel = new ParallelOptions
            {
                MaxDegreeOfParallelism = workers,
                CancellationToken = cancellationToken,
            };
            await Parallel.ForAsync(0, images.Count, parallel, async (i, stopping) => refusals[i] =
                await preprocessor.FillAsync(images[i].Image, input, tensors, i, stopping));
            return Pack(tensors, room, images, refusals);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Returns true if the member must answer these images.</summary>
    public bool Lacks(int member) => _images.Count > 0
        ? _images[0].Lacks(member)
        : _misfits.Count > 0 && _misfits[0].Image.Lacks(member);

    /// <summary>Returns a slice of the images. Equal slices share the results that models compute from them.</summary>
    public ImageBatch Batch(int first, int count) => _batches.GetOrAdd(
        (first, count),
        static (part, frame) => new ImageBatch(
            [.. frame._images.Skip(part.First).Take(part.Count).Select(image => image.Image)],
            part.Count == frame._images.Count ? frame._tensors : frame._tensors?.Slice(part.First, part.Count),
            frame._shared),
        this);

    public async ValueTask DisposeAsync()
    {
        if (_shared is not null)
        {
            await _shared.DisposeAsync();
        }

        _tensors?.Dispose();
    }

    /// <summary>Moves the tensors of images that can be scored together next to each other.</summary>
    private static GroupFrame Pack(
        TensorBatch tensors, long room, IReadOnlyList<GroupImage> images, Refusal?[] refusals)
    {
        var ready = new List<GroupImage>(images.Count);
        var misfits = new List<(GroupImage, Refusal)>();
        for (var i = 0; i < images.Count; i++)
        {
            if (refusals[i] is not { } refusal)
            {
                if (ready.Count < i)
                {
                    tensors.Row(i).CopyTo(tensors.Row(ready.Count));
                }

                ready.Add(images[i]);
            }
            else if (refusal.Code == ErrorCode.WrongSize)
            {
                misfits.Add((images[i], refusal));
            }
            else
            {
                images[i].Refusal = refusal;
            }
        }

        return new GroupFrame(tensors, room, ready, misfits);
    }
}
