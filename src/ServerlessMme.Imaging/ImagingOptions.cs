using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Imaging;

/// <summary>Limits that are checked against an image's header, before memory is spent on it.</summary>
public sealed class ImagingOptions
{
    /// <summary>Images with more pixels than this are refused. Default: 100 million.</summary>
    [Range(1, 4_000_000_000)]
    public long MaxPixels { get; set; } = 100_000_000;

    /// <summary>
    /// Maximum memory for one image's pixels and coefficients, estimated from its header. Default: 1 GiB. Images of 100
    /// million pixels stay below this limit, except interlaced 16-bit PNGs with alpha (12 bytes per pixel).
    /// </summary>
    [Range(1, long.MaxValue)]
    public long MaxDecodedBytes { get; set; } = 1L << 30;
}
