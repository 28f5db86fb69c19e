using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Imaging;

/// <summary>Limits that are checked against an image's header, before memory is spent on it.</summary>
public sealed class ImagingOptions
{
    /// <summary>Images with more pixels than this are refused. Default: 100 million.</summary>
    [Range(1, 4_000_000_000)]
    public long MaxPixels { get; set; } = 100_000_000;

    /// <summary>
    /// Memory that decoding one image may take, estimated from its header. Default: 1 GiB, which the largest
    /// default image needs only as a progressive JPEG (up to 8 bytes a pixel for its coefficients).
    /// </summary>
    [Range(1, long.MaxValue)]
    public long MaxDecodedBytes { get; set; } = 1L << 30;
}
