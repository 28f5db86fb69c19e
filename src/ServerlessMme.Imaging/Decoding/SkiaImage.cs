using System.Buffers;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Pixels;
using SkiaSharp;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>
/// An image that Skia decodes. Colors stay as they are in the file: no color profile is applied, and alpha isn't
/// premultiplied. Not thread-safe.
/// </summary>
internal sealed class SkiaImage : IOpenedImage
{
    private const int RowsBufferBytes = 64 * 1024;
    private static readonly DeepGray s_deepGray = new();

    private readonly ImageReference _image;
    private readonly ImageFormat _format;
    private readonly RowCorrection? _correction;
    private readonly byte[]? _rented;
    private readonly int _copiedBytes;
    private readonly MemoryHandle _pinned;
    private readonly SKData _data;
    private readonly SKCodec? _codec;
    private SKImageInfo _wanted;

    private unsafe SkiaImage(EncodedImage image, ImageFormat format, ImageOrientation orientation)
    {
        _image = image.Reference;
        _format = format;
        var bytes = image.Bytes;
        _correction = format switch
        {
            ImageFormat.Gif => GifBackground.Find(bytes.Span),
            ImageFormat.Bmp => HighColorBmp.Find(bytes.Span),
            ImageFormat.Png when DeepGrayPng.Is(bytes.Span) => s_deepGray,
            _ => null,
        };
        if (_correction is DeepGray)
        {
            _rented = DeepGrayPng.RentDisguised(bytes.Span);
            bytes = _rented.AsMemory(0, bytes.Length);
        }

        if (format == ImageFormat.Gif && GrayGif.Is(bytes.Span))
        {
            _rented = GrayGif.RentWithPalette(bytes.Span, out var length);
            bytes = _rented.AsMemory(0, length);
        }

        _copiedBytes = _rented is null ? 0 : bytes.Length;
        _pinned = bytes.Pin();
        _data = SKData.Create((nint)_pinned.Pointer, bytes.Length);
        _codec = SKCodec.Create(_data);
        if (_codec is null)
        {
            return;
        }

        PixelBytes = SkiaMemory.PixelBytes(bytes.Span, format, _codec.Info.Width, _codec.Info.Height);
        _wanted = new(_codec.Info.Width, _codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        if (orientation == ImageOrientation.Exif)
        {
            Transform = ExifTransform.Of(
                format == ImageFormat.Png ? PngOrientation.Find(bytes.Span) : (int)_codec.EncodedOrigin);
        }
    }

    /// <inheritdoc/>
    public int Width => Transform.Transposed ? _wanted.Height : _wanted.Width;

    /// <inheritdoc/>
    public int Height => Transform.Transposed ? _wanted.Width : _wanted.Height;

    /// <inheritdoc/>
    public ExifTransform Transform { get; }

    /// <inheritdoc/>
    public long PixelBytes { get; }

    /// <inheritdoc/>
    public long DecodeBytes =>
        PixelBytes + SkiaMemory.OtherBytes(_codec?.Info.Width ?? 0) + _copiedBytes;

    private SKCodec Codec => _codec!;

    /// <summary>Opens an image whose format has been checked. Returns null if its header is damaged.</summary>
    public static SkiaImage? TryOpen(EncodedImage image, ImageFormat format, ImageOrientation orientation)
    {
        var opened = new SkiaImage(image, format, orientation);
        if (opened._codec is not null)
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Draft(int width, int height)
    {
        if (_format != ImageFormat.Jpeg)
        {
            return;
        }

        if (DraftScale.Of(this, width, height) is > 1 and var scale)
        {
            _wanted = _wanted.WithSize(Codec.GetScaledDimensions(1f / scale));
        }
    }

    /// <inheritdoc/>
    public Refusal? DecodeTo<TRows>(ref TRows rows)
        where TRows : IRows, allows ref struct =>
        _format == ImageFormat.Jpeg ? DecodeByRows(ref rows) : DecodeWhole(ref rows);

    public void Dispose()
    {
        _codec?.Dispose();
        _data.Dispose();
        _pinned.Dispose();
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }

    // Never holds the whole JPEG in memory.
    private unsafe Refusal? DecodeByRows<TRows>(ref TRows rows)
        where TRows : IRows, allows ref struct
    {
        var result = Codec.StartScanlineDecode(_wanted);
        if (result != SKCodecResult.Success)
        {
            return Refusals.Damaged(_image, _format, Describe(result));
        }

        var rowBytes = _wanted.RowBytes;
        var count = Math.Clamp(RowsBufferBytes / rowBytes, 1, _wanted.Height);
        var buffer = ArrayPool<byte>.Shared.Rent(count * rowBytes);
        try
        {
            fixed (byte* address = buffer)
            {
                for (var y = 0; y < _wanted.Height; y += count)
                {
                    count = Math.Min(count, _wanted.Height - y);
                    var decoded = Codec.GetScanlines((nint)address, count, rowBytes);
                    if (decoded < count)
                    {
                        return Refusals.Damaged(_image, _format, $"ends in row {y + decoded} of {_wanted.Height}");
                    }

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

    private Refusal? DecodeWhole<TRows>(ref TRows rows)
        where TRows : IRows, allows ref struct
    {
        using var buffer = new PixelBuffer(_wanted.BytesSize64);
        var result = Codec.GetPixels(_wanted, buffer.Address, _wanted.RowBytes, SKCodecOptions.Default);
        if (result != SKCodecResult.Success)
        {
            return Refusals.Damaged(_image, _format, Describe(result));
        }

        for (var y = 0; y < _wanted.Height; y++)
        {
            var row = buffer.Slice((long)y * _wanted.RowBytes, _wanted.RowBytes);
            _correction?.Apply(row);
            rows.Push(row);
        }

        return null;
    }

    private static void Push<TRows>(byte[] buffer, int rowBytes, int count, ref TRows rows)
        where TRows : IRows, allows ref struct
    {
        for (var i = 0; i < count; i++)
        {
            rows.Push(buffer.AsSpan(i * rowBytes, rowBytes));
        }
    }

    private static string Describe(SKCodecResult result) => result switch
    {
        SKCodecResult.IncompleteInput => "ends before its last pixel",
        _ => $"is damaged ({result})",
    };
}
