using Google.Protobuf;
using ServerlessMme.Core.Images;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>
/// Finds where a model may be cut. Which places are taken depends only on what lies before them, so fine-tunes of one
/// backbone have the same ones as long as they are the same.
/// </summary>
internal static class CutPoints
{
    /// <summary>
    /// Multiply-adds of the smallest trunk. They take about 0.15 ms, and a run of a session 0.01 ms besides its
    /// operators.
    /// </summary>
    internal const long LeastWork = 4_000_000;

    /// <summary>Multiply-adds that lie between two places, unless the second is narrower.</summary>
    internal const long LeastStep = 500_000;

    /// <summary>
    /// The model with further outputs: the sizes of all its values, in the order of <see cref="Network.Values"/>. ONNX
    /// Runtime writes an optimized graph without them.
    /// </summary>
    public static ModelProto WithShapes(Network network, out IReadOnlyList<string> outputs)
    {
        var model = network.Model.Clone();
        var names = new List<string>(network.Values.Count);
        foreach (var value in network.Values)
        {
            var name = $"{value}/shape";
            model.Graph.Node.Add(new NodeProto { OpType = "Shape", Name = name, Input = { value }, Output = { name } });
            model.Graph.Output.Add(new ValueInfoProto { Name = name });
            names.Add(name);
        }

        outputs = names;
        return model;
    }

    /// <summary>The places, from the input on.</summary>
    /// <param name="shapes">Sizes of each of <see cref="Network.Values"/> for one image.</param>
    /// <param name="inputBytes">Size of an image's tensor.</param>
    /// <param name="hashes">As <see cref="ValueHashes.Of"/> gives them.</param>
    public static IReadOnlyList<CutPoint> Find(Network network, IReadOnlyList<IReadOnlyList<long>> shapes,
        long inputBytes, IReadOnlyDictionary<string, ByteString> hashes)
    {
        var sizes = network.Values.Zip(shapes).ToDictionary(each => each.First, each => each.Second);
        foreach (var tensor in network.Model.Graph.Initializer)
        {
            sizes.TryAdd(tensor.Name, tensor.Dims);
        }

        var work = WorkUntil(network, sizes);
        var cuts = new List<CutPoint>();
        // Half of the room, so a second trunk after the first has some too.
        var mostBytes = SharedRuns.RoomPerImage(inputBytes) / 2;
        var last = (Work: 0L, Bytes: double.MaxValue);
        foreach (var value in network.NarrowValues)
        {
            var bytes = Work.Count(sizes[value]) * sizeof(float);
            if (bytes > mostBytes || work[value] < LeastWork
                || (work[value] - last.Work < LeastStep && bytes >= last.Bytes))
            {
                continue;
            }

            last = (work[value], bytes);
            cuts.Add(new CutPoint(value, hashes[value], work[value]));
        }

        return cuts;
    }

    private static Dictionary<string, long> WorkUntil(
        Network network, Dictionary<string, IReadOnlyList<long>> sizes)
    {
        var until = new Dictionary<string, long>(StringComparer.Ordinal);
        var variable = network.Values.ToHashSet(StringComparer.Ordinal);
        var work = 0L;
        foreach (var node in network.Model.Graph.Node.Where(node => node.Output.Any(variable.Contains)))
        {
            work = Math.Min(work + Work.Of(node, sizes.GetValueOrDefault), 1L << 60);
            foreach (var output in node.Output)
            {
                until[output] = work;
            }
        }

        return until;
    }
}
