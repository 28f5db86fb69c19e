using System.Runtime.InteropServices;
using Google.Protobuf;
using ServerlessMme.Testing.Graphs.Proto;

namespace ServerlessMme.Testing.Graphs;

/// <summary>Writes ONNX models, operator by operator.</summary>
public sealed class GraphBuilder(int opset = 17)
{
    public const int Float = 1;
    public const int UInt8 = 2;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Float16 = 10;
    public const int Double = 11;
    private int _names;

    public ModelProto Model { get; } = new()
    {
        IrVersion = 8,
        Graph = new GraphProto { Name = "g" },
        OpsetImport = { new OperatorSetIdProto { Version = opset } },
    };

    /// <summary>A dimension below 0 is free.</summary>
    public string Input(string name, int type, params int[] sizes)
    {
        Model.Graph.Input.Add(Value(name, type, sizes));
        return name;
    }

    public GraphBuilder Output(string name, int type, params int[] sizes)
    {
        Model.Graph.Output.Add(Value(name, type, sizes));
        return this;
    }

    public string Weights(float[] values, params int[] sizes)
    {
        var name = $"w{_names++}";
        Model.Graph.Initializer.Add(Tensor(name, Float, MemoryMarshal.AsBytes<float>(values), sizes));
        return name;
    }

    public string Scalar(float value)
    {
        var name = $"s{_names++}";
        Model.Graph.Initializer.Add(Tensor(name, Float, MemoryMarshal.AsBytes<float>(new[] { value })));
        return name;
    }

    public string Integers(params long[] values)
    {
        var name = $"i{_names++}";
        Model.Graph.Initializer.Add(Tensor(name, Int64, MemoryMarshal.AsBytes<long>(values), values.Length));
        return name;
    }

    public string Node(string type, string[] inputs, params AttributeProto[] attributes)
    {
        var output = $"v{_names++}";
        NodeTo(output, type, inputs, attributes);
        return output;
    }

    public GraphBuilder NodeTo(string output, string type, string[] inputs, params AttributeProto[] attributes)
    {
        Model.Graph.Node.Add(new NodeProto
        {
            OpType = type,
            Name = $"n{_names++}",
            Input = { inputs },
            Output = { output },
            Attribute = { attributes },
        });
        return this;
    }

    /// <summary>Ends the model with ZipMap, as scikit-learn and Custom Vision do: a list of maps by label.</summary>
    public GraphBuilder ZipMapTo(string output, string scores, params string[] labels)
    {
        Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 1 });
        Model.Graph.Node.Add(new NodeProto
        {
            OpType = "ZipMap",
            Domain = "ai.onnx.ml",
            Name = $"n{_names++}",
            Input = { scores },
            Output = { output },
            Attribute =
            {
                new AttributeProto
                {
                    Name = "classlabels_strings",
                    Type = 8,
                    Strings = { labels.Select(ByteString.CopyFromUtf8) },
                },
            },
        });
        var map = new TypeProto.Types.Map
        {
            KeyType = 8,
            ValueType = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = Float } },
        };
        Model.Graph.Output.Add(new ValueInfoProto
        {
            Name = output,
            Type = new TypeProto
            {
                SequenceType = new TypeProto.Types.Sequence { ElemType = new TypeProto { MapType = map } },
            },
        });
        return this;
    }

    public byte[] ToBytes() => Model.ToByteArray();

    public static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Type = 7, Ints = { values } };

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = 2, I = value };

    public static TensorProto Tensor(string name, int type, ReadOnlySpan<byte> bytes, params int[] sizes) => new()
    {
        Name = name,
        DataType = type,
        Dims = { sizes.Select(size => (long)size) },
        RawData = ByteString.CopyFrom(bytes),
    };

    /// <summary>A tensor whose values are said to be in another file.</summary>
    public static TensorProto External(string location) => new()
    {
        Name = "outside",
        DataType = Float,
        Dims = { 4 },
        DataLocation = 1,
        ExternalData = { new StringStringEntryProto { Key = "location", Value = location } },
    };

    private static ValueInfoProto Value(string name, int type, int[] sizes)
    {
        var shape = new TensorShapeProto();
        foreach (var size in sizes)
        {
            shape.Dim.Add(size < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = "n" }
                : new TensorShapeProto.Types.Dimension { DimValue = size });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = shape } },
        };
    }
}
