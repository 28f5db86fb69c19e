using System.Collections.Frozen;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>
/// Walks the bytes of an ONNX file without building anything, to find files made to exhaust memory or stack before a
/// parser, ours or the runtime's, reads them. A field of two bytes can take a parser hundreds of bytes.
/// </summary>
internal ref struct WireScan
{
    /// <summary>Maximum number of fields in a file. A network of 10,000 operators has about 300,000.</summary>
    public const int MaxFields = 1_000_000;

    /// <summary>Maximum depth of nested messages. Each nested subgraph adds three levels.</summary>
    public const int MaxDepth = 60;

    /// <summary>
    /// Maximum size of all lists of variable-length integers, in bytes. They take up to eight times as much memory.
    /// </summary>
    public const int MaxIntegerListBytes = 128 << 20;

    private readonly ReadOnlySpan<byte> _file;
    private int _position;
    private int _fields;
    private long _integerListBytes;

    private WireScan(ReadOnlySpan<byte> file) => _file = file;

    private enum Part
    {
        Bytes,
        Integers,
        Model,
        Training,
        Function,
        Graph,
        Node,
        Attribute,
        Sparse,
        Tensor,
        Value,
        Type,
        TypeOfTensor,
        TypeOfElement,
        TypeOfMap,
        Shape,
        Entry,
    }

    // Fields that hold messages, or lists of integers, by the numbers of the ONNX specification.
    private static readonly FrozenDictionary<(Part In, int Field), Part> Parts = new Dictionary<(Part, int), Part>
    {
        [(Part.Model, 7)] = Part.Graph,
        [(Part.Model, 8)] = Part.Entry,
        [(Part.Model, 14)] = Part.Entry,
        [(Part.Model, 20)] = Part.Training,
        [(Part.Model, 25)] = Part.Function,
        [(Part.Training, 1)] = Part.Graph,
        [(Part.Training, 2)] = Part.Graph,
        [(Part.Training, 3)] = Part.Entry,
        [(Part.Training, 4)] = Part.Entry,
        [(Part.Function, 7)] = Part.Node,
        [(Part.Function, 9)] = Part.Entry,
        [(Part.Function, 11)] = Part.Attribute,
        [(Part.Function, 12)] = Part.Value,
        [(Part.Function, 14)] = Part.Entry,
        [(Part.Graph, 1)] = Part.Node,
        [(Part.Graph, 5)] = Part.Tensor,
        [(Part.Graph, 11)] = Part.Value,
        [(Part.Graph, 12)] = Part.Value,
        [(Part.Graph, 13)] = Part.Value,
        [(Part.Graph, 15)] = Part.Sparse,
        [(Part.Graph, 16)] = Part.Entry,
        [(Part.Node, 5)] = Part.Attribute,
        [(Part.Node, 9)] = Part.Entry,
        [(Part.Attribute, 5)] = Part.Tensor,
        [(Part.Attribute, 6)] = Part.Graph,
        [(Part.Attribute, 8)] = Part.Integers,
        [(Part.Attribute, 10)] = Part.Tensor,
        [(Part.Attribute, 11)] = Part.Graph,
        [(Part.Attribute, 14)] = Part.Type,
        [(Part.Attribute, 15)] = Part.Type,
        [(Part.Attribute, 22)] = Part.Sparse,
        [(Part.Attribute, 23)] = Part.Sparse,
        [(Part.Sparse, 1)] = Part.Tensor,
        [(Part.Sparse, 2)] = Part.Tensor,
        [(Part.Sparse, 3)] = Part.Integers,
        [(Part.Tensor, 1)] = Part.Integers,
        [(Part.Tensor, 5)] = Part.Integers,
        [(Part.Tensor, 7)] = Part.Integers,
        [(Part.Tensor, 11)] = Part.Integers,
        [(Part.Tensor, 13)] = Part.Entry,
        [(Part.Tensor, 16)] = Part.Entry,
        [(Part.Value, 2)] = Part.Type,
        [(Part.Value, 4)] = Part.Entry,
        [(Part.Type, 1)] = Part.TypeOfTensor,
        [(Part.Type, 4)] = Part.TypeOfElement,
        [(Part.Type, 5)] = Part.TypeOfMap,
        [(Part.Type, 8)] = Part.TypeOfTensor,
        [(Part.Type, 9)] = Part.TypeOfElement,
        [(Part.TypeOfTensor, 2)] = Part.Shape,
        [(Part.TypeOfElement, 1)] = Part.Type,
        [(Part.TypeOfMap, 2)] = Part.Type,
        [(Part.Shape, 1)] = Part.Entry,
    }.ToFrozenDictionary();

    /// <summary>
    /// Returns the file's problem, as the end of a sentence, or null if a parser can safely read the file.
    /// </summary>
    public static string? FindProblem(ReadOnlySpan<byte> file)
    {
        var scan = new WireScan(file);
        return scan.Message(Part.Model, file.Length, 1);
    }

    private string? Message(Part part, int end, int depth)
    {
        if (depth > MaxDepth)
        {
            return $"contains messages that are nested more than {MaxDepth} levels deep";
        }

        while (_position < end)
        {
            if (!TryVarint(end, out var tag) || tag > uint.MaxValue || tag >> 3 == 0)
            {
                return Damaged();
            }

            if (++_fields > MaxFields)
            {
                return $"has more than {MaxFields:N0} protobuf fields";
            }

            var problem = (int)(tag & 7) switch
            {
                0 => TryVarint(end, out _) ? null : Damaged(),
                1 => Skip(8, end),
                2 => Delimited(part, (int)(tag >> 3), end, depth),
                5 => Skip(4, end),
                _ => Damaged(),
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private string? Delimited(Part parent, int field, int end, int depth)
    {
        if (!TryVarint(end, out var length) || length > (ulong)(end - _position))
        {
            return Damaged();
        }

        var part = Parts.GetValueOrDefault((parent, field), Part.Bytes);
        if (part > Part.Integers)
        {
            return Message(part, _position + (int)length, depth + 1);
        }

        if (part == Part.Integers && (_integerListBytes += (long)length) > MaxIntegerListBytes)
        {
            return $"has more than {MaxIntegerListBytes >> 20} MiB in lists of integers";
        }

        return Skip((int)length, end);
    }

    private string? Skip(int bytes, int end)
    {
        if (bytes > end - _position)
        {
            return Damaged();
        }

        _position += bytes;
        return null;
    }

    private readonly string Damaged() => $"is not valid protobuf (error at byte {_position})";

    private bool TryVarint(int end, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70 && _position < end; shift += 7)
        {
            var next = _file[_position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
