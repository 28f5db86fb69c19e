using System.ComponentModel.DataAnnotations;
using System.Numerics;

namespace ServerlessMme.Core.Images;

/// <summary>Limits on encoded images (<c>Mme:Images</c>).</summary>
public sealed class ImageOptions
{
    /// <summary>Maximum size of an image, in bytes. Default: 20 MiB.</summary>
    [Range(1, int.MaxValue)]
    public int MaxBytes { get; set; } = 20 << 20;

    /// <summary>Returns the memory for an image of this many bytes, which is an array from the shared pool.</summary>
    public static long MemoryOf(long bytes) => (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, bytes));

    /// <summary>
    /// Maximum memory for reading an image of unknown size: the largest array, plus half of it while it grows.
    /// </summary>
    public long ReadingBytes => MemoryOf(MaxBytes) / 2 * 3;

    /// <summary>Creates the refusal of an image that exceeds <see cref="MaxBytes"/>.</summary>
    public Failures.Refusal RefuseSize(string image, long bytes) => new(
        Failures.ErrorCode.ImageTooLarge,
        $"'{Failures.Printable.Text(image)}' has {bytes} bytes; the limit is {MaxBytes}. Drop a smaller image, or "
        + "raise Mme:Images:MaxBytes.");
}
