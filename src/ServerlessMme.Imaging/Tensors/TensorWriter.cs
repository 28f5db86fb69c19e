using System.Runtime.InteropServices;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>Writes rows of 8-bit pixels into the tensor: layout, channel order, type and normalization.</summary>
internal readonly ref struct TensorWriter
{
    private readonly InputSpec _input;
    private readonly Normalization _normalization;
    private readonly Span<byte> _tensor;

    public TensorWriter(InputSpec input, Normalization normalization, Span<byte> tensor)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tensor.Length, input.ByteCount);
        _input = input;
        _normalization = normalization;
        _tensor = tensor;
    }

    /// <summary>Bytes per pixel of the rows passed to <see cref="Write"/>.</summary>
    public int SourceBytes => _input.ChannelCount == 1 ? 1 : Rgbx.Bytes;

    /// <summary>Writes one row: 4 bytes per pixel, or 1 for a gray tensor.</summary>
    public void Write(int y, ReadOnlySpan<byte> row)
    {
        var (width, channels) = (_input.Width, _input.ChannelCount);
        var planes = _input.Layout == TensorLayout.NCHW ? channels : 1;
        var length = width * channels / planes;
        for (var plane = 0; plane < planes; plane++)
        {
            var start = ((plane * _input.Height) + y) * length;
            var from = _input.Channels == ChannelOrder.BGR ? 2 - plane : plane;
            if (_input.Type == TensorType.UInt8)
            {
                Copy(row, from, _tensor.Slice(start, length));
            }
            else
            {
                Normalize(row, from, plane, MemoryMarshal.Cast<byte, float>(_tensor).Slice(start, length));
            }
        }
    }

    // A part of the tensor is one channel of a row, or the whole row with its channels side by side.
    private void Copy(ReadOnlySpan<byte> row, int from, Span<byte> part)
    {
        if (SourceBytes == 1)
        {
            row[..part.Length].CopyTo(part);
        }
        else if (part.Length == _input.Width)
        {
            TensorRows.CopyPlane(Pixels(row), from, part);
        }
        else
        {
            TensorRows.CopyPixels(Pixels(row), _input.Channels == ChannelOrder.BGR, part);
        }
    }

    private void Normalize(ReadOnlySpan<byte> row, int from, int channel, Span<float> part)
    {
        if (SourceBytes == 1)
        {
            TensorRows.NormalizeGray(row, _normalization.Channel(0), part);
        }
        else if (part.Length == _input.Width)
        {
            TensorRows.NormalizePlane(Pixels(row), from, _normalization.Channel(channel), part);
        }
        else
        {
            TensorRows.NormalizePixels(Pixels(row), _input.Channels == ChannelOrder.BGR, _normalization, part);
        }
    }

    private static ReadOnlySpan<uint> Pixels(ReadOnlySpan<byte> row) => MemoryMarshal.Cast<byte, uint>(row);
}
