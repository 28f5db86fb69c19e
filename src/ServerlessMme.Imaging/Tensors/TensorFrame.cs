using System.Buffers;
using System.Runtime.InteropServices;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>
/// Writes an image's rows at their place in the tensor and fills the rest with a color, or with the color's luma in a
/// gray tensor. Not thread-safe; one per image.
/// </summary>
internal readonly ref struct TensorFrame
{
    private readonly TensorWriter _writer;
    private readonly InputSpec _input;
    private readonly int _left;
    private readonly int _top;
    private readonly byte[]? _rented;
    private readonly Span<byte> _line;

    /// <param name="width">Pixels per row of the resized image.</param>
    /// <param name="height">Rows of the resized image.</param>
    public TensorFrame(TensorWriter writer, InputSpec input, Placement placement, int width, int height)
    {
        _writer = writer;
        _input = input;
        _left = Math.Max(0, placement.Left);
        _top = Math.Max(0, placement.Top);
        if (width < input.Width || height < input.Height)
        {
            _rented = ArrayPool<byte>.Shared.Rent(input.Width * SourceBytes);
            _line = _rented.AsSpan(0, input.Width * SourceBytes);
            FillBare(height);
        }
    }

    /// <summary>Bytes per pixel of the rows passed to <see cref="Write"/>: 4, or 1 for a gray tensor.</summary>
    public int SourceBytes => _writer.SourceBytes;

    /// <summary>Writes one row of the image.</summary>
    public void Write(int y, ReadOnlySpan<byte> row)
    {
        if (_rented is null)
        {
            _writer.Write(y, row);
            return;
        }

        row.CopyTo(_line[(_left * SourceBytes)..]);
        _writer.Write(_top + y, _line);
    }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }

    // Fills the rows above and below the image. The line keeps the color at both ends, and the image's rows are copied
    // into it.
    private void FillBare(int height)
    {
        var color = _input.Resize.Color;
        Span<byte> pixel = [color.Red, color.Green, color.Blue, 0];
        if (SourceBytes == 1)
        {
            Rgbx.ToGray(pixel, pixel[..1]);
            _line.Fill(pixel[0]);
        }
        else
        {
            MemoryMarshal.Cast<byte, uint>(_line).Fill(MemoryMarshal.Read<uint>(pixel));
        }

        for (var y = 0; y < _input.Height; y++)
        {
            if (y < _top || y >= _top + height)
            {
                _writer.Write(y, _line);
            }
        }
    }
}
