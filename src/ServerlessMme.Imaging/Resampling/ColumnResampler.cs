using System.Buffers;
using System.Runtime.InteropServices;
using ServerlessMme.Imaging.Pixels;
using ServerlessMme.Imaging.Tensors;

namespace ServerlessMme.Imaging.Resampling;

/// <summary>
/// Receives the rows of an image whose stored rows are the columns of the upright image. The passes keep their order
/// and rounding, so the result is bit-identical to that of the upright image: first across the upright image, which is
/// down the stored image, then down. Holds sums or rows for the next columns, and the finished columns. Not
/// thread-safe; one per image.
/// </summary>
internal ref struct ColumnResampler : IRows
{
    private readonly Axis _horizontal;
    private readonly Axis _vertical;
    private readonly ExifTransform _transform;
    private readonly TensorFrame _frame;
    private readonly int _channels;
    private readonly int _rowBytes;
    private readonly int _columnBytes;
    private readonly byte[] _rented;
    private readonly ColumnSums _sums;
    private readonly RowWindow _window;
    private readonly Span<byte> _row;
    private readonly Span<byte> _columns;
    private int _seen;
    private int _next;

    /// <param name="horizontal">
    /// The upright image's horizontal axis, mirrored if rows are taken from the bottom.
    /// </param>
    /// <param name="vertical">The upright image's vertical axis, mirrored if columns are taken from the right.</param>
    /// <param name="transform">How to turn rows upright. It must be transposed.</param>
    public ColumnResampler(Axis horizontal, Axis vertical, TensorFrame frame, ExifTransform transform)
    {
        (_horizontal, _vertical, _transform) = (horizontal, vertical, transform);
        _frame = frame;
        _channels = frame.SourceBytes;
        _rowBytes = vertical.SourceLength * _channels;
        _columnBytes = vertical.TargetLength * _channels;
        var (sums, rows) = Held(horizontal);
        var sumBytes = checked(sums * _rowBytes * sizeof(int));
        var windowBytes = checked(rows * _rowBytes);
        _rented = ArrayPool<byte>.Shared.Rent(checked((int)Bytes(horizontal, vertical, _channels)));
        var memory = _rented.AsSpan();
        _sums = new ColumnSums(MemoryMarshal.Cast<byte, int>(memory[..sumBytes]), _rowBytes, horizontal);
        _window = new RowWindow(memory.Slice(sumBytes, windowBytes), _rowBytes);
        _row = memory.Slice(sumBytes + windowBytes, _rowBytes);
        _columns = memory[(sumBytes + windowBytes + _rowBytes)..];
    }

    /// <summary>Returns the memory that is held, in bytes.</summary>
    /// <param name="channels">Bytes per pixel: 4, or 1 for a gray tensor.</param>
    public static long Bytes(Axis horizontal, Axis vertical, int channels)
    {
        var (sums, rows) = Held(horizontal);
        return (((sizeof(int) * (long)sums) + rows + 1) * vertical.SourceLength * channels)
            + ((long)horizontal.TargetLength * vertical.TargetLength * channels)
            + (horizontal.TargetLength * channels);
    }

    /// <inheritdoc/>
    public void Push(ReadOnlySpan<byte> pixels)
    {
        var y = _seen++;
        if (_next == _horizontal.TargetLength || y < _horizontal.First(_next))
        {
            return;
        }

        var row = _sums.IsEmpty ? _window.Row(y) : _row;
        if (_channels == 1)
        {
            Rgbx.ToGray(pixels, row);
        }
        else if (_sums.IsEmpty)
        {
            pixels.CopyTo(row);
        }

        if (!_sums.IsEmpty)
        {
            _sums.Add(y, _next, _channels == 1 ? row : pixels);
        }

        for (; _next < _horizontal.TargetLength && _horizontal.End(_next) <= _seen; _next++)
        {
            Finish(_next);
        }
    }

    /// <summary>Writes the tensor once all rows have been pushed.</summary>
    public readonly void Write()
    {
        var (width, height) = (_horizontal.TargetLength, _vertical.TargetLength);
        var line = _columns.Slice(width * _columnBytes, width * _channels);
        for (var y = 0; y < height; y++)
        {
            var from = _transform.FromRight ? height - 1 - y : y;
            if (_channels == 1)
            {
                Transpose(_columns, from, height, line);
            }
            else
            {
                Transpose(
                    MemoryMarshal.Cast<byte, uint>(_columns), from, height, MemoryMarshal.Cast<byte, uint>(line));
            }

            _frame.Write(y, line);
        }
    }

    public readonly void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_rented);
        _frame.Dispose();
    }

    // Holds sums if the image shrinks, because only a few columns are unfinished at a time, and rows if it grows.
    private static (int Sums, int Rows) Held(Axis horizontal)
    {
        var rows = Math.Min(horizontal.Stride, horizontal.SourceLength);
        var sums = horizontal.IsIdentity ? int.MaxValue : horizontal.CountOverlaps();
        return sums < rows / sizeof(int) ? (sums, 0) : (0, rows);
    }

    private static void Transpose<T>(ReadOnlySpan<T> columns, int from, int height, Span<T> line)
    {
        for (var x = 0; x < line.Length; x++)
        {
            line[x] = columns[(x * height) + from];
        }
    }

    private readonly void Finish(int target)
    {
        ReadOnlySpan<byte> row = _row;
        if (_horizontal.IsIdentity)
        {
            row = _window.Row(_horizontal.From + target);
        }
        else if (_sums.IsEmpty)
        {
            Passes.Down(_horizontal, target, _window, _row);
        }
        else
        {
            _sums.Round(target, _row);
        }

        var x = _transform.FromBottom ? _horizontal.TargetLength - 1 - target : target;
        var column = _columns.Slice(x * _columnBytes, _columnBytes);
        Passes.Across(_vertical, _channels, row, column);
    }
}
