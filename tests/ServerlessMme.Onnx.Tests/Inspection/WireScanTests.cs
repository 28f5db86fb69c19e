using System.Diagnostics;
using Google.Protobuf;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Graphs.Proto;

namespace ServerlessMme.Onnx.Tests.Inspection;

public sealed class WireScanTests
{
    [Fact]
    public void Model_is_no_problem() => Assert.Null(WireScan.FindProblem(SmallModels.FailsOnBright().ToBytes()));

    [Fact]
    public void Million_operators_of_two_bytes_are_found_before_they_are_built()
    {
        var bomb = new GraphProto { Node = { Enumerable.Repeat(new NodeProto(), WireScan.MaxFields + 1) } };

        Assert.Contains("1,000,000 protobuf fields", Scan(new ModelProto { Graph = bomb }), StringComparison.Ordinal);
    }

    [Fact]
    public void Subgraphs_a_thousand_deep_are_found_before_the_stack_ends()
    {
        var graph = Nest(new GraphProto(), 1000);

        Assert.Contains("nested more than 60 levels", Scan(new ModelProto { Graph = graph }), StringComparison.Ordinal);
    }

    [Fact]
    public void Subgraphs_at_the_limit_are_no_problem() =>
        Assert.Null(Scan(new ModelProto { Graph = Nest(new GraphProto { Name = "innermost" }, 19) }));

    [Fact]
    public void Integers_that_grow_eightfold_are_limited()
    {
        var bytes = new byte[WireScan.MaxIntegerListBytes + 64];
        var attribute = new CodedOutputStream(bytes);
        attribute.WriteTag(7, WireFormat.WireType.LengthDelimited);
        attribute.WriteLength(bytes.Length - 5);
        attribute.WriteTag(5, WireFormat.WireType.LengthDelimited);
        attribute.WriteLength(bytes.Length - 10);
        attribute.WriteTag(1, WireFormat.WireType.LengthDelimited);
        attribute.WriteLength(bytes.Length - 15);
        attribute.Flush();

        Assert.Contains("128 MiB in lists", WireScan.FindProblem(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0A05 01")] // five bytes promised, one there
    [InlineData("0AFFFFFFFFFFFFFFFFFF01")] // a length of 64 bits
    [InlineData("FFFFFFFFFFFFFFFFFFFFFF")] // a number without an end
    [InlineData("00")] // field 0
    [InlineData("0B0C")] // a group
    [InlineData("09 00")] // eight bytes promised
    [InlineData("3A02 0A01")] // a graph whose node is longer than the graph
    public void Damage_is_found(string bytes) => Assert.Contains("is not valid protobuf",
        WireScan.FindProblem(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal))),
        StringComparison.Ordinal);

    [Fact]
    public void Random_bytes_neither_throw_nor_hang()
    {
        var random = new Random(7);
        var watch = Stopwatch.StartNew();
        var bytes = new byte[300];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            WireScan.FindProblem(bytes);
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Flipped_bits_neither_throw_nor_hang()
    {
        var random = new Random(8);
        var model = SmallModels.FailsOnBright().ToBytes();
        for (var i = 0; i < 20_000; i++)
        {
            var copy = (byte[])model.Clone();
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
            WireScan.FindProblem(copy);
        }
    }

    private static GraphProto Nest(GraphProto graph, int levels)
    {
        for (var i = 0; i < levels; i++)
        {
            graph = new GraphProto { Node = { new NodeProto { Attribute = { new AttributeProto { G = graph } } } } };
        }

        return graph;
    }

    private static string? Scan(ModelProto model) => WireScan.FindProblem(model.ToByteArray());
}
