using System.Globalization;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>The refusals of images. Each message names the image, the value and the way out.</summary>
internal static class Refusals
{
    private const string Formats = "JPEG, PNG, WebP, GIF or BMP";

    public static Refusal Empty(ImageReference image) => new(
        ErrorCode.EmptyImage, $"{Name(image)} is empty. Drop it again once the file is complete.");

    public static Refusal NotAnImage(ImageReference image, ReadOnlySpan<byte> bytes) => new(
        ErrorCode.NotAnImage,
        $"'{Printable.Text(image.Name)}' is not an image in a supported format. It begins with the bytes "
        + $"{Convert.ToHexStringLower(bytes[..Math.Min(8, bytes.Length)])} (hexadecimal). Drop a {Formats} file.");

    public static Refusal Archive(ImageReference image, string archive, bool canBeDropped) => new(
        ErrorCode.NotAnImage,
        $"'{Printable.Text(image.Name)}' is {archive}, not an image. " + (canBeDropped
            ? "Drop it separately, under a name that ends in .zip, .tar, .tar.gz or .tgz. Nested archives aren't "
            + "opened."
            : $"Extract it, and drop the {Formats} files. Archives in this format aren't opened."));

    public static Refusal UnsupportedFormat(ImageReference image, string format) => new(
        ErrorCode.UnsupportedFormat,
        $"{Name(image)} has the unsupported format {format}. " + (format switch
        {
            ForeignFormats.Heic or ForeignFormats.Avif =>
                "Convert it to JPEG, and drop the converted file. ImageMagick's "
                + $"`magick mogrify -format jpg *.{format.ToLowerInvariant()}` converts a folder.",
            _ => $"Convert it to {Formats}, and drop the converted file.",
        }));

    public static Refusal Damaged(ImageReference image, ImageFormat format, string why) => new(
        ErrorCode.TruncatedImage,
        Invariant($"{Name(image)} ({Display(format)}, {image.Bytes} bytes) {why}. Drop an intact copy."));

    public static Refusal TooManyPixels(ImageReference image, long width, long height, long maxPixels) => new(
        ErrorCode.TooManyPixels,
        Invariant($"{Name(image)} has {width:N0} × {height:N0} pixels; the limit is {maxPixels:N0} in total. ")
        + "Scale it down, or raise Mme:Images:MaxPixels.");

    /// <param name="setting">The setting that has the limit.</param>
    /// <param name="value">The lowest value of the setting that would accept the image.</param>
    public static Refusal TooMuchMemory(
        ImageReference image, long width, long height, long needed, long most, string setting, long value) => new(
        ErrorCode.TooManyPixels,
        Invariant($"{Name(image)} with {width:N0} × {height:N0} pixels takes {needed:N0} bytes to decode; at most ")
        + Invariant($"{most:N0} are allowed. Scale it down, or set {setting} to {value} or more."));

    public static Refusal TooLong(ImageReference image, long width, long height, int longest) => new(
        ErrorCode.TooManyPixels,
        Invariant($"{Name(image)} has {width:N0} × {height:N0} pixels; the limit is {longest:N0} per side. ")
        + "Cut it into pieces, or scale it down.");

    public static Refusal TooManyScans(ImageReference image, int scans, int most) => new(
        ErrorCode.TooManyPixels,
        Invariant($"{Name(image)} is a JPEG with {scans:N0} scans; at most {most:N0} are ")
        + "allowed. Save it again as a baseline JPEG.");

    public static Refusal WrongSize(ImageReference image, int width, int height, InputSpec input) => new(
        ErrorCode.WrongSize,
        Invariant($"{Name(image)} has {width:N0} × {height:N0} pixels, but the model only accepts ")
        + Invariant($"{input.Width:N0} × {input.Height:N0} pixels. ")
        + "Resize the image, or choose another input.resize.mode in model.json.");

    private static string Name(ImageReference image) => $"Image '{Printable.Text(image.Name)}'";

    private static string Display(ImageFormat format) => format switch
    {
        ImageFormat.WebP => "WebP",
        _ => format.ToString().ToUpperInvariant(),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
