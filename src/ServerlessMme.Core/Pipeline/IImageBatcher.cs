using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Core.Pipeline;

/// <summary>Turns images into labels, one micro-batch at a time. Thread-safe.</summary>
internal interface IImageBatcher
{
    /// <summary>Maximum number of micro-batches to run at once; null for one per worker.</summary>
    int? MaxParallel { get; }

    /// <summary>How long a micro-batch waits for more images once it has one.</summary>
    TimeSpan Patience { get; }

    /// <summary>Returns true if a micro-batch can't take another image.</summary>
    bool IsFull(List<EncodedImage> images);

    /// <summary>Labels the images of one micro-batch, and disposes them. Returns the labels in any order.</summary>
    Task<IReadOnlyList<Label>> ClassifyAsync(IReadOnlyList<EncodedImage> images, CancellationToken cancellationToken);
}
