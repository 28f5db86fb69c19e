using System.Buffers;
using System.Runtime.InteropServices;
using ServerlessMme.Imaging.Pixels;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// Receives an image's rows as they are stored and writes each row of the tensor as soon as its last source row
/// arrives: first across, then down, each pass rounded to 8 bits as in Pillow. Holds only the source rows that the next
/// target row needs, already at the target's width. Not thread-safe; one per image.
/// </summary>
internal ref struct RowResampler : IRows
{
    private readonly Axis _horizontal;
    private readonly Axis _vertical;
    private readonly int _channels;
    private readonly TensorFrame _frame;
    private readonly byte[] _rented;
    private readonly ExifTransform _transform;
    private readonly RowWindow _window;
    private readonly Span<byte> _sum;
    private readonly Span<byte> _gray;
    private int _seen;
    private int _next;

    /// <param name="horizontal">The horizontal axis, mirrored if columns are taken from the right.</param>
    /// <param name="vertical">The vertical axis, mirrored if rows are taken from the bottom.</param>
    /// <param name="transform">How to turn rows upright. It must not be transposed.</param>
    public RowResampler(Axis horizontal, Axis vertical, TensorFrame frame, ExifTransform transform = default)
    {
        _transform = transform;
        _horizontal = horizontal;
        _vertical = vertical;
        _frame = frame;
        _channels = frame.SourceBytes;
        var rowBytes = horizontal.TargetLength * _channels;
        var heldBytes = checked(Math.Min(vertical.Stride, vertical.SourceLength) * rowBytes);
        var grayBytes = _channels == 1 ? horizontal.SourceLength : 0;
        _rented = ArrayPool<byte>.Shared.Rent(checked(heldBytes + rowBytes + grayBytes));
        _window = new RowWindow(_rented.AsSpan(0, heldBytes), rowBytes);
        _sum = _rented.AsSpan(heldBytes, rowBytes);
        _gray = _rented.AsSpan(heldBytes + rowBytes, grayBytes);
    }

    /// <summary>Returns the memory that is held, in bytes.</summary>
    /// <param name="channels">Bytes per pixel: 4, or 1 for a gray tensor.</param>
    public static long Bytes(Axis horizontal, Axis vertical, int channels) =>
        ((Math.Min(vertical.Stride, vertical.SourceLength) + 1L) * horizontal.TargetLength * channels)
        + horizontal.SourceLength;

    /// <inheritdoc/>
    public void Push(ReadOnlySpan<byte> pixels)
    {
        var y = _seen++;
        if (_next == _vertical.TargetLength || y < _vertical.First(_next))
        {
            return;
        }

        if (_channels == 1)
        {
            Rgbx.ToGray(pixels, _gray);
            pixels = _gray;
        }

        var row = _window.Row(y);
        Passes.Across(_horizontal, _channels, pixels, row);

        if (_transform.FromRight)
        {
            Reverse(row);
        }

        WriteWhatIsReady();
    }

    public readonly void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_rented);
        _frame.Dispose();
    }

    private void WriteWhatIsReady()
    {
        for (; _next < _vertical.TargetLength && _vertical.End(_next) <= _seen; _next++)
        {
            if (_vertical.IsIdentity)
            {
                Write(_window.Row(_vertical.From + _next));
                continue;
            }

            Passes.Down(_vertical, _next, _window, _sum);
            Write(_sum);
        }
    }

    private readonly void Write(ReadOnlySpan<byte> row) =>
        _frame.Write(_transform.FromBottom ? _vertical.TargetLength - 1 - _next : _next, row);

    private readonly void Reverse(Span<byte> row)
    {
        if (_channels == 1)
        {
            row.Reverse();
        }
        else
        {
            MemoryMarshal.Cast<byte, uint>(row).Reverse();
        }
    }
}
