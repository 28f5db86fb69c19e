using Google.Protobuf;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class DefaultAttributesTests
{
    [Theory]
    [InlineData("Conv", "com.microsoft.nchwc", "group", 1, false)]
    [InlineData("Conv", "com.microsoft.nchwc", "group", 2, true)]
    [InlineData("Conv", "example.com", "group", 1, true)]
    [InlineData("Gemm", "", "transB", 0, false)]
    [InlineData("Gemm", "", "transB", 1, true)]
    [InlineData("MaxPool", "com.microsoft.nchwc", "ceil_mode", 0, false)]
    [InlineData("MaxPool", "com.microsoft.nchwc", "ceil_mode", 1, true)]
    [InlineData("AveragePool", "", "count_include_pad", 1, true)]
    [InlineData("ReorderInput", "com.microsoft.nchwc", "channels_last", 0, false)]
    [InlineData("ReorderInput", "com.microsoft.nchwc", "channels_last", 1, true)]
    [InlineData("Reshape", "", "allowzero", 1, true)]
    [InlineData("Transpose", "", "group", 1, true)]
    public void Only_the_default_of_a_known_operator_is_removed(
        string type, string domain, string name, long value, bool isKept)
    {
        var node = new NodeProto
        {
            OpType = type,
            Domain = domain,
            Attribute = { new AttributeProto { Name = name, Type = 2, I = value } },
        };

        DefaultAttributes.Remove(new GraphProto { Node = { node } });

        Assert.Equal(isKept ? 1 : 0, node.Attribute.Count);
    }

    [Fact]
    public void Texts_and_numbers_are_compared_too()
    {
        var conv = new NodeProto
        {
            OpType = "Conv",
            Attribute = { Text("auto_pad", "SAME_UPPER"), Text("activation", "Relu") },
        };
        var gemm = new NodeProto
        {
            OpType = "Gemm",
            Attribute =
            {
                new AttributeProto { Name = "alpha", Type = 1, F = 1 },
                new AttributeProto { Name = "beta", Type = 1, F = 0.5f },
            },
        };

        DefaultAttributes.Remove(new GraphProto { Node = { conv, gemm } });

        Assert.Equal(["auto_pad", "activation"], conv.Attribute.Select(attribute => attribute.Name));
        Assert.Equal(["beta"], gemm.Attribute.Select(attribute => attribute.Name));

        static AttributeProto Text(string name, string value) =>
            new() { Name = name, Type = 3, S = ByteString.CopyFromUtf8(value) };
    }
}
