using System.Runtime.InteropServices;
using ServerlessMme.Core.Models;
using ServerlessMme.Imaging.Resampling;

namespace ServerlessMme.Imaging.Tensors;

/// <summary>Puts rows of 8-bit pixels into the tensor: layout, channel order, type and normalisation.</summary>
internal readonly ref struct TensorWriter
{
    private readonly InputSpec _input;
    private readonly Normalisation _normalisation;
    private readonly Span<byte> _tensor;

    public TensorWriter(InputSpec input, Normalisation normalisation, Span<byte> tensor)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(tensor.Length, input.ByteCount);
        _input = input;
        _normalisation = normalisation;
        _tensor = tensor;
    }

    /// <summary>Bytes of a pixel in the rows that are written.</summary>
    public int SourceBytes => _input.ChannelCount == 1 ? 1 : Rgbx.Bytes;

    /// <summary>Writes one row: 4 bytes a pixel, or 1 for a grey tensor.</summary>
    public void Write(int y, ReadOnlySpan<byte> row)
    {
        for (var channel = 0; channel < _input.ChannelCount; channel++)
        {
            var from = _input.Channels == ChannelOrder.BGR ? 2 - channel : channel;
            if (_input.Type == TensorType.UInt8)
                Copy(row[from..], y, channel);
            else
                Normalise(row[from..], y, channel);
        }
    }

    private void Copy(ReadOnlySpan<byte> source, int y, int channel)
    {
        var (start, step) = Place(y, channel);
        var stride = SourceBytes;
        for (var x = 0; x < _input.Width; x++)
            _tensor[start + (x * step)] = source[x * stride];
    }

    private void Normalise(ReadOnlySpan<byte> source, int y, int channel)
    {
        var (start, step) = Place(y, channel);
        var stride = SourceBytes;
        var target = MemoryMarshal.Cast<byte, float>(_tensor)[start..];
        var table = _normalisation.Channel(channel);
        for (var x = 0; x < _input.Width; x++)
            target[x * step] = table[source[x * stride]];
    }

    // Where a channel's row begins, and how far apart its neighbours are.
    private (int Start, int Step) Place(int y, int channel) => _input.Layout == TensorLayout.NCHW
        ? (((channel * _input.Height) + y) * _input.Width, 1)
        : ((y * _input.Width * _input.ChannelCount) + channel, _input.ChannelCount);
}
