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
    private static readonly DeepGrey s_deepGrey = new();

    private readonly ImageReference _image;
    private readonly ImageFormat _format;
    private readonly RowCorrection? _correction;
    private readonly byte[]? _rented;
    private readonly MemoryHandle _pinned;
    private readonly SKData _data;
    private readonly SKCodec? _codec;
    private readonly SKImageInfo _wanted;

    private unsafe OpenedImage(EncodedImage image, ImageFormat format)
    {
        _image = image.Reference;
        _format = format;
        var bytes = image.Bytes;
        _correction = format switch
        {
            ImageFormat.Gif => GifBackground.Find(bytes.Span),
            ImageFormat.Bmp => HighColourBmp.Find(bytes.Span),
            ImageFormat.Png when DeepGreyPng.Is(bytes.Span) => s_deepGrey,
            _ => null,
        };
        if (_correction is DeepGrey)
        {
            _rented = DeepGreyPng.RentDisguised(bytes.Span);
            bytes = _rented.AsMemory(0, bytes.Length);
        }

        _pinned = bytes.Pin();
        _data = SKData.Create((nint)_pinned.Pointer, bytes.Length);
        _codec = SKCodec.Create(_data);
        if (_codec is not null)
            _wanted = new(_codec.Info.Width, _codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
    }

    public int Width => _wanted.Width;

    public int Height => _wanted.Height;

    private SKCodec Codec => _codec!;

    /// <summary>Opens an image of a format that was checked; null when its header is damaged.</summary>
    public static OpenedImage? TryOpen(EncodedImage image, ImageFormat format)
    {
        var opened = new OpenedImage(image, format);
        if (opened._codec is not null)
            return opened;
        opened.Dispose();
        return null;
    }

    /// <summary>Hands over every row from the top. A damaged image is a refusal, after some rows or none.</summary>
    public Refusal? DecodeTo(ref RowResampler rows) =>
        _format == ImageFormat.Jpeg ? DecodeByRows(ref rows) : DecodeWhole(ref rows);

    public void Dispose()
    {
        _codec?.Dispose();
        _data.Dispose();
        _pinned.Dispose();
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
    }

    // A JPEG is never in memory whole.
    private unsafe Refusal? DecodeByRows(ref RowResampler rows)
    {
        var result = Codec.StartScanlineDecode(_wanted);
        if (result != SKCodecResult.Success)
            return Refusals.Damaged(_image, _format, Describe(result));
        var rowBytes = _wanted.RowBytes;
        var count = Math.Clamp(RowsBufferBytes / rowBytes, 1, Height);
        var buffer = ArrayPool<byte>.Shared.Rent(count * rowBytes);
        try
        {
            fixed (byte* address = buffer)
            {
                for (var y = 0; y < Height; y += count)
                {
                    count = Math.Min(count, Height - y);
                    var decoded = Codec.GetScanlines((nint)address, count, rowBytes);
                    if (decoded < count)
                        return Refusals.Damaged(_image, _format, $"ends in row {y + decoded} of {Height}");
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
        using var buffer = new PixelBuffer(_wanted.BytesSize64);
        var result = Codec.GetPixels(_wanted, buffer.Address, _wanted.RowBytes, SKCodecOptions.Default);
        if (result != SKCodecResult.Success)
            return Refusals.Damaged(_image, _format, Describe(result));
        for (var y = 0; y < Height; y++)
        {
            var row = buffer.Slice((long)y * _wanted.RowBytes, _wanted.RowBytes);
            _correction?.Apply(row);
            rows.Push(row);
        }

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
