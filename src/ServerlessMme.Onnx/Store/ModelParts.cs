using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Store.Proto;
using ServerlessMme.Onnx.Trunks;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Parts of a stored model, which are stored models, too. Their tensors stay in the packs of the whole model.
/// </summary>
internal static class ModelParts
{
    /// <summary>Where a model may be cut, as found when it was added.</summary>
    public static IReadOnlyList<CutPoint> Cuts(StoredModel model) =>
        [.. model.Cuts.Select(cut => new CutPoint(cut.Value, cut.Hash, cut.Work))];

    /// <summary>The key of a trunk, the same for all models that have it.</summary>
    /// <param name="from">The place where it begins; null for the input.</param>
    public static string TrunkKey(CutPoint? from, CutPoint to) => Key("trunk", from is null ? [to] : [from, to]);

    /// <summary>The key of the part after the trunks.</summary>
    public static string RestKey(string wholeKey, IEnumerable<CutPoint> plan) => Key(wholeKey, plan);

    public static PartEnd End(CutPoint cut) => new(cut.Value, $"cut-{Hex(cut)}");

    public static string Hex(CutPoint cut) => Convert.ToHexStringLower(cut.Hash.Span);

    /// <summary>Creates a part. Its private bytes aren't set yet, and it has no file.</summary>
    public static StoredModel Create(StoredModel whole, ModelProto graph, string key, string name)
    {
        var used = graph.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var part = new StoredModel
        {
            Key = key,
            MadeFor = $"{name}, {whole.MadeFor}",
            Graph = graph.ToByteString(),
            RunFirstBytes = whole.RunFirstBytes,
            RunFurtherBytes = whole.RunFurtherBytes,
            ReordersLittle = whole.ReordersLittle,
        };
        var packs = new Dictionary<int, int>();
        foreach (var tensor in whole.Tensors.Where(tensor => used.Contains(tensor.Name)))
        {
            if (packs.TryAdd(tensor.Pack, packs.Count))
            {
                part.Packs.Add(whole.Packs[tensor.Pack]);
            }

            var taken = tensor.Clone();
            taken.Pack = packs[tensor.Pack];
            part.Tensors.Add(taken);
        }

        return part;
    }

    private static string Key(string start, IEnumerable<CutPoint> cuts) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', cuts.Select(Hex).Prepend(start)))));
}
