using Google.Protobuf;
using ServerlessMme.Core.Images;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Trunks;

/// <summary>
/// Finds where a model may be cut. The choice of a place depends only on the operators before it, so fine-tunes of one
/// backbone have the same places up to the first difference.
/// </summary>
internal static class CutPoints
{
    /// <summary>
    /// Minimum number of multiply-adds in a trunk. They take about 0.15 ms. A session run takes 0.01 ms in addition to
    /// its operators.
    /// </summary>
    internal const long LeastWork = 4_000_000;

    /// <summary>
    /// Minimum number of multiply-adds between two places, unless the value at the second is smaller.
    /// </summary>
    internal const long LeastStep = 500_000;

    /// <summary>
    /// Returns the model with additional outputs: the sizes of all values, in the order of
    /// <see cref="Network.Values"/>. ONNX Runtime leaves the sizes out of optimized graphs.
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

    /// <summary>Finds the places, in order from the input.</summary>
    /// <param name="shapes">The sizes of each of <see cref="Network.Values"/> for one image.</param>
    /// <param name="inputBytes">Size of an image's tensor.</param>
    /// <param name="hashes">As returned by <see cref="ValueHashes.Of"/>.</param>
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
        // Only half of the room, so there is also room for a second trunk after the first.
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
