using System.Buffers;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Imaging.Resampling;
using SkiaSharp;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// An image whose header was read, and whose pixels were not. Colours come as the file has them: not converted by
/// its colour profile, not multiplied by alpha, not turned by its EXIF orientation. Not thread-safe.
/// </summary>
internal sealed class OpenedImage : IDisposable
{
    private const int RowsBufferBytes = 64 * 1024;

    private readonly ImageReference _image;
    private readonly ImageFormat _format;
    private readonly MemoryHandle _pinned;
    private readonly SKData _data;
    private readonly SKCodec _codec;

    private OpenedImage(EncodedImage image, ImageFormat format, MemoryHandle pinned, SKData data, SKCodec codec)
    {
        _image = image.Reference;
        _format = format;
        _pinned = pinned;
        _data = data;
        _codec = codec;
    }

    public int Width => _codec.Info.Width;

    public int Height => _codec.Info.Height;

    private SKImageInfo Wanted => new(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);

    /// <summary>Opens an image of a format that was checked; null when its header is damaged.</summary>
    public static unsafe OpenedImage? TryOpen(EncodedImage image, ImageFormat format)
    {
        var pinned = image.Bytes.Pin();
        var data = SKData.Create((nint)pinned.Pointer, image.Bytes.Length);
        var codec = SKCodec.Create(data);
        if (codec is not null)
            return new OpenedImage(image, format, pinned, data, codec);
        data.Dispose();
        pinned.Dispose();
        return null;
    }

    /// <summary>Hands over every row from the top. A damaged image is a refusal, after some rows or none.</summary>
    public Refusal? DecodeTo(ref RowResampler rows)
    {
        // A JPEG never needs to be in memory whole.
        if (_format == ImageFormat.Jpeg && _codec.StartScanlineDecode(Wanted) == SKCodecResult.Success)
            return DecodeByRows(ref rows);
        return DecodeWhole(ref rows);
    }

    public void Dispose()
    {
        _codec.Dispose();
        _data.Dispose();
        _pinned.Dispose();
    }

    private unsafe Refusal? DecodeByRows(ref RowResampler rows)
    {
        var rowBytes = Wanted.RowBytes;
        var count = Math.Clamp(RowsBufferBytes / rowBytes, 1, Height);
        var buffer = ArrayPool<byte>.Shared.Rent(count * rowBytes);
        try
        {
            fixed (byte* address = buffer)
            {
                for (var y = 0; y < Height; y += count)
                {
                    count = Math.Min(count, Height - y);
                    var decoded = _codec.GetScanlines((nint)address, count, rowBytes);
                    if (decoded < count)
                        return Refusals.Damaged(_image, _format, $"ends, or is damaged, in row {y + decoded} of {Height}");
                    Push(buffer, rowBytes, count, ref rows);
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Refusal? DecodeWhole(ref RowResampler rows)
    {
        var info = Wanted;
        using var buffer = new PixelBuffer(info.BytesSize64);
        var result = _codec.GetPixels(info, buffer.Address, info.RowBytes, SKCodecOptions.Default);
        if (result != SKCodecResult.Success)
            return Refusals.Damaged(_image, _format, Describe(result));
        for (var y = 0; y < Height; y++)
            rows.Push(buffer.Slice((long)y * info.RowBytes, info.RowBytes));
        return null;
    }

    private static void Push(byte[] buffer, int rowBytes, int count, ref RowResampler rows)
    {
        for (var i = 0; i < count; i++)
            rows.Push(buffer.AsSpan(i * rowBytes, rowBytes));
    }

    private static string Describe(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "ends before its last pixel",
        _ => $"is damaged ({result})",
    };
}
