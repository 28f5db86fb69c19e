using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Decoding;
using ServerlessMme.Imaging.Resampling;

namespace ServerlessMme.Imaging;

/// <summary>
/// The attempts to decode one image, in order: with our own decoder if it is a plain JPEG or PNG, with Skia, and with
/// Skia again from a lenient copy if Skia refused the original. Not thread-safe; dispose once.
/// </summary>
internal sealed class DecodeAttempts(ImageDecoder decoder, AxisCache axes, EncodedImage image, InputSpec input)
    : IDisposable
{
    private Step _next;
    private ImageFormat _format;
    private EncodedImage? _copy;

    private enum Step
    {
        Identify,
        Plain,
        Library,
        Copy,
        None,
    }

    /// <summary>The image, opened for the current attempt; null before the first attempt and after the last.</summary>
    public PreparedImage? Current { get; private set; }

    /// <summary>Upper bound of the memory that the current attempt takes, in bytes.</summary>
    public long Bytes => Current!.Bytes + (_copy?.Bytes.Length ?? 0);

    /// <summary>Why the image was refused; null once it has been decoded.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Opens the image for the next attempt. Returns false after the last attempt.</summary>
    public bool MoveNext()
    {
        Close();
        while (Current is null && _next != Step.None)
        {
            Current = _next switch
            {
                Step.Identify => Identify(),
                Step.Plain => Prepare(decoder.OpenPlain(image, _format, input.Orientation), Step.Library),
                Step.Library => Prepare(Open(image), Step.Copy),
                _ => OpenCopy(),
            };
        }

        return Current is not null;
    }

    /// <summary>Records why the current attempt failed, or null if it succeeded.</summary>
    public void Report(Refusal? refusal)
    {
        // After our own decoder fails, Skia tries next. It names the defect, and accepts the same flaws as Pillow.
        if (refusal is null || _next != Step.Library)
        {
            Refusal = refusal;
        }

        _next = refusal is null ? Step.None : _next;
    }

    public void Dispose()
    {
        Close();
        _copy?.Dispose();
    }

    private PreparedImage? Identify()
    {
        var isKnown = FormatCheck.Identify(image.Reference, image.Bytes.Span).TryGet(out _format, out var refusal);
        (Refusal, _next) = (refusal, isKnown ? Step.Plain : Step.None);
        return null;
    }

    private IOpenedImage? Open(EncodedImage file)
    {
        var opened = decoder.Open(file, _format, input.Orientation, out var refusal);
        Refusal = refusal;
        return opened;
    }

    private PreparedImage? OpenCopy()
    {
        _copy = Refusal is { Code: ErrorCode.TruncatedImage } ? LenientCopies.TryMake(image, _format) : null;
        return Prepare(_copy is null ? null : Open(_copy), Step.None);
    }

    private PreparedImage? Prepare(IOpenedImage? opened, Step next)
    {
        _next = next;
        if (opened is null)
        {
            return null;
        }

        if (input.Resize.Mode == ResizeMode.None && (opened.Width != input.Width || opened.Height != input.Height))
        {
            Report(Refusals.WrongSize(image.Reference, opened.Width, opened.Height, input));
            opened.Dispose();
            return null;
        }

        return new PreparedImage(opened, input, axes);
    }

    private void Close()
    {
        Current?.Dispose();
        Current = null;
    }
}
