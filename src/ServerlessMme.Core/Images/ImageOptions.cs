using System.ComponentModel.DataAnnotations;

namespace ServerlessMme.Core.Images;

/// <summary>Limits on encoded images (<c>Mme:Images</c>).</summary>
public sealed class ImageOptions
{
    /// <summary>Maximum size of an image, in bytes. Default: 20 MiB.</summary>
    [Range(1, int.MaxValue)]
    public int MaxBytes { get; set; } = 20 << 20;

    /// <summary>The refusal of a larger image.</summary>
    public Failures.Refusal RefuseSize(string image, long bytes) => new(
        Failures.ErrorCode.ImageTooLarge,
        $"'{Failures.Printable.Text(image)}' has {bytes} bytes, at most {MaxBytes} are allowed. Drop a smaller one, "
        + "or raise Mme:Images:MaxBytes.");
}
