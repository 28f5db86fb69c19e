using System.Globalization;
using System.Runtime.InteropServices;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.SageMaker.Payloads;

/// <summary>
/// Writes tensors as TensorFlow Serving's <c>{"instances":[[[[…]]]]}</c>, in the order of the manifest's layout:
/// height, width, channels for NHWC; channels, height, width for NCHW. Not thread-safe; one per request.
/// </summary>
internal sealed class InstancesWriter(InputSpec input, int maxBytes) : IDisposable
{
    // The longest float32 in its shortest form, -1.17549435E-38, plus a comma.
    private const int MaxNumberBytes = 16;

    private static ReadOnlySpan<byte> Start => "{\"instances\":["u8;

    private static ReadOnlySpan<byte> End => "]}"u8;

    private readonly (int Outer, int Middle, int Inner) _shape = input.Layout == TensorLayout.NCHW
        ? (input.ChannelCount, input.Height, input.Width)
        : (input.Height, input.Width, input.ChannelCount);

    /// <summary>Returns the maximum length of one instance's text, in bytes.</summary>
    public static long MaxBytes(InputSpec input) => (long)input.ElementCount * MaxNumberBytes;

    /// <summary>Number of instances written so far.</summary>
    public int Count { get; private set; }

    /// <summary>The request body, valid after <see cref="Complete"/>.</summary>
    public PooledBuffer Text { get; } = new(Math.Min(maxBytes, (input.ElementCount * 12) + 64));

    /// <summary>Adds a tensor. If the text would become too long, adds nothing and returns false.</summary>
    public bool TryAdd(ReadOnlySpan<byte> row)
    {
        var before = Text.Length;
        Text.Write(Count == 0 ? Start : ","u8);
        if (input.Type == TensorType.Float32)
        {
            WriteTensor(MemoryMarshal.Cast<byte, float>(row));
        }
        else
        {
            WriteTensor(row);
        }

        if (Text.Length + End.Length > maxBytes)
        {
            Text.CutTo(before);
            return false;
        }

        Count++;
        return true;
    }

    public void Complete() => Text.Write(End);

    public void Dispose() => Text.Dispose();

    private void WriteTensor<T>(ReadOnlySpan<T> values)
        where T : IUtf8SpanFormattable
    {
        var next = 0;
        Text.Write("["u8);
        for (var outer = 0; outer < _shape.Outer; outer++)
        {
            Text.Write(outer == 0 ? "["u8 : ",["u8);
            for (var middle = 0; middle < _shape.Middle; middle++)
            {
                Text.Write(middle == 0 ? "["u8 : ",["u8);
                WriteNumbers(values.Slice(next, _shape.Inner));
                next += _shape.Inner;
                Text.Write("]"u8);
            }

            Text.Write("]"u8);
        }

        Text.Write("]"u8);
    }

    private void WriteNumbers<T>(ReadOnlySpan<T> values)
        where T : IUtf8SpanFormattable
    {
        var room = Text.Room(values.Length * MaxNumberBytes);
        var used = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                room[used++] = (byte)',';
            }

            if (!values[i].TryFormat(room[used..], out var written, default, CultureInfo.InvariantCulture))
            {
                throw new InvalidOperationException(
                    $"The number {values[i]} takes more than {MaxNumberBytes} bytes as text.");
            }

            used += written;
        }

        Text.Advance(used);
    }
}
