using System.Globalization;
using ServerlessMme.Onnx.Outline;
using ServerlessMme.Onnx.Store.Proto;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Weights in the order that a matrix product reads them in. ONNX Runtime writes them beside an optimised model's
/// tensors and maps them again (<c>session.save_external_prepacked_constant_initializers</c>), so that packed weights
/// cost no private memory. In an external tensor's entries:
/// <c>prepacked_1</c> = <c>{name}|{offset};{length};{checksum}[|…]</c>.
/// </summary>
internal static class PackedTensors
{
    private const string EntryPrefix = "prepacked";

    /// <summary>Smaller ones are packed again by each session: a map costs more than they do.</summary>
    private const long LeastBytes = 64 << 10;

    /// <summary>
    /// More is not used: opening packs all weights once more to find their name, at about 0.4 ms a MiB.
    /// </summary>
    private const long MostBytes = 32 << 20;

    /// <summary>Operators that were tried; what others pack would be private memory.</summary>
    private static readonly string[] Operators = ["MatMul+", "Gemm+", "FusedGemm+"];

    /// <summary>What a tensor's entries say; offsets are those of the file that the optimiser wrote.</summary>
    public static IEnumerable<PackedWeights> Of(TensorProto declaration)
    {
        foreach (var entry in declaration.ExternalData)
        {
            if (!entry.Key.StartsWith(EntryPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            var fields = entry.Value.Split('|');
            var packed = new PackedWeights { Name = fields[0] };
            foreach (var part in fields.Skip(1).Select(field => field.Split(';')))
            {
                packed.Offsets.Add(long.Parse(part[0], CultureInfo.InvariantCulture));
                packed.Lengths.Add(long.Parse(part[1], CultureInfo.InvariantCulture));
            }

            yield return packed;
        }
    }

    /// <summary>True when a model with these is worth opening with packed weights.</summary>
    public static bool AreWorthIt(IReadOnlyCollection<PackedWeights> packed) =>
        packed.Any(IsLarge) && packed.Where(IsLarge).All(IsKnown) && packed.Sum(Bytes) <= MostBytes;

    /// <summary>
    /// True when all of a model's are so small that each session may pack them itself. A product with packed weights
    /// adds
    /// in another order, so such a model's scores are those of a plain session, bit for bit, from its first run on.
    /// </summary>
    public static bool AreLittle(IReadOnlyCollection<PackedWeights> packed) =>
        packed.Count > 0 && packed.All(IsKnown) && packed.Sum(Bytes) < LeastBytes;

    public static bool IsLarge(PackedWeights packed) => Bytes(packed) >= LeastBytes;

    /// <summary>Says in a graph that a tensor and its packed weights are in a pack.</summary>
    public static void Declare(TensorProto declaration, StoredTensor tensor, string location)
    {
        declaration.ExternalData.Clear();
        Add("location", location);
        Add("offset", Text(tensor.Offset));
        Add("length", Text(tensor.Length));
        foreach (var packed in tensor.Packed)
        {
            Add($"{EntryPrefix}_{packed.Lengths.Count}", packed.Name + string.Concat(
                packed.Offsets.Zip(packed.Lengths, (offset, length) => $"|{Text(offset)};{Text(length)};0")));
        }

        void Add(string key, string value) =>
            declaration.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    private static bool IsKnown(PackedWeights packed) =>
        Operators.Any(packed.Name.StartsWith) && !packed.Lengths.Contains(0);

    private static long Bytes(PackedWeights packed) => packed.Lengths.Sum();

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
