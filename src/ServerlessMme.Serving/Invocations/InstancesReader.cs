using System.Runtime.InteropServices;
using System.Text.Json;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Serving.Invocations;

/// <summary>
/// Reads TensorFlow Serving's <c>{"instances":[…]}</c>, one instance at a time. An instance is an input tensor of the
/// model with numbers already scaled, either height × width × channels or channels × height × width. Its shape must
/// match the manifest's. Not thread-safe.
/// </summary>
internal sealed class InstancesReader
{
    private const int Depth = 3;

    private readonly ReadOnlyMemory<byte> _json;
    private readonly InputSpec _input;
    private readonly float[] _values;
    private readonly int[] _channelsLast;
    private readonly int[] _channelsFirst;
    private JsonReaderState _state;
    private int _consumed;

    /// <exception cref="JsonException">The body has no list of instances.</exception>
    public InstancesReader(ReadOnlyMemory<byte> json, InputSpec input)
    {
        _json = json;
        _input = input;
        _values = new float[input.ElementCount];
        _channelsLast = [input.Height, input.Width, input.ChannelCount];
        _channelsFirst = [input.ChannelCount, input.Height, input.Width];
        var reader = Resume();
        Expect(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) == JsonTokenType.PropertyName && !reader.ValueTextEquals("instances"u8))
        {
            reader.Skip();
        }

        if (reader.TokenType != JsonTokenType.PropertyName)
        {
            throw new JsonException("the member \"instances\" is missing");
        }

        Expect(ref reader, JsonTokenType.StartArray);
        Suspend(reader);
    }

    /// <summary>Instances read so far.</summary>
    public int Count { get; private set; }

    /// <summary>Reads the next instance into <paramref name="row"/>. Returns false after the last one.</summary>
    /// <exception cref="JsonException">The instance doesn't have the model's shape, or isn't valid JSON.</exception>
    public bool TryRead(Span<byte> row)
    {
        var reader = Resume();
        if (Next(ref reader) == JsonTokenType.EndArray)
        {
            while (Next(ref reader) == JsonTokenType.PropertyName)
            {
                reader.Skip();
            }

            return reader.Read() ? throw new JsonException("there is more text after the JSON object") : false;
        }

        Span<int> shape = [-1, -1, -1];
        var found = ReadValues(ref reader, shape, 0, 0);
        Suspend(reader);
        var isChannelsLast = shape.SequenceEqual(_channelsLast);
        if (found != _values.Length || (!isChannelsLast && !shape.SequenceEqual(_channelsFirst)))
        {
            throw Refuse($"has the shape [{string.Join(',', shape.ToArray())}], but must have "
                + $"[{string.Join(',', _channelsLast)}] or [{string.Join(',', _channelsFirst)}]");
        }

        Store(row, shape.SequenceEqual(_input.Layout == TensorLayout.NHWC ? _channelsLast : _channelsFirst));
        Count++;
        return true;
    }

    /// <summary>Reads a list and the lists inside it, and returns the number of values read so far.</summary>
    private int ReadValues(ref Utf8JsonReader reader, scoped Span<int> shape, int depth, int found)
    {
        if (reader.TokenType != JsonTokenType.StartArray || depth == Depth)
        {
            throw Refuse($"must consist of lists of numbers that are nested {Depth} levels deep");
        }

        var length = 0;
        for (; Next(ref reader) != JsonTokenType.EndArray; length++)
        {
            if (depth < Depth - 1)
            {
                found = ReadValues(ref reader, shape, depth + 1, found);
            }
            else if (found == _values.Length)
            {
                throw Refuse($"has more than {_values.Length} numbers");
            }
            else if (reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out var value)
                && float.IsFinite(value))
            {
                _values[found++] = value;
            }
            else
            {
                throw Refuse("contains a value that isn't a number");
            }
        }

        if (shape[depth] >= 0 && shape[depth] != length)
        {
            throw Refuse("has lists of different lengths at the same level");
        }

        shape[depth] = length;
        return found;
    }

    private void Store(Span<byte> row, bool inOrder)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            var place = inOrder ? i : Place(i);
            if (_input.Type == TensorType.Float32)
            {
                MemoryMarshal.Cast<byte, float>(row)[place] = _values[i];
            }
            else if (_values[i] is >= 0 and <= 255 && _values[i] == (byte)_values[i])
            {
                row[place] = (byte)_values[i];
            }
            else
            {
                throw Refuse("contains values other than whole numbers from 0 to 255");
            }
        }
    }

    /// <summary>Returns the index in the model's layout of the i-th number in the other layout.</summary>
    private int Place(int i)
    {
        var (pixels, channels) = (_input.Height * _input.Width, _input.ChannelCount);
        return _input.Layout == TensorLayout.NCHW
            ? (i % channels * pixels) + (i / channels)
            : (i % pixels * channels) + (i / pixels);
    }

    private JsonException Refuse(string problem) => new($"instance {Count} {problem}");

    private Utf8JsonReader Resume() => new(_json.Span[_consumed..], isFinalBlock: true, _state);

    private void Suspend(Utf8JsonReader reader)
    {
        _consumed += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new JsonException("the JSON ends too early");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (Next(ref reader) != type)
        {
            throw new JsonException(type == JsonTokenType.StartArray
                ? "expected a list in brackets for \"instances\""
                : "expected an object in braces");
        }
    }
}
