using System.Globalization;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Store;

/// <summary>
/// Weights that a session reorders for its matrix products. ONNX Runtime writes them to the file of an optimized
/// model's tensors (<c>session.save_external_prepacked_constant_initializers</c>) and records them in the entries of a
/// tensor: <c>prepacked_1</c> = <c>{operator}+{hash}|{offset};{length};{checksum}[|…]</c>.
/// </summary>
internal static class SmallWeights
{
    private const string EntryPrefix = "prepacked";
    private const long MostBytes = 64 << 10;

    /// <summary>Operators for which this was tested.</summary>
    private static readonly string[] Operators = ["MatMul+", "Gemm+", "FusedGemm+"];

    /// <summary>
    /// Returns true if the weights that a session of the model would reorder are so small that each session may keep
    /// its own copy. Products with reordered weights add in another order, so the scores of the model then match those
    /// of a plain session bit for bit.
    /// </summary>
    public static bool AreAll(IEnumerable<TensorProto> tensors)
    {
        var entries = tensors.SelectMany(tensor => tensor.ExternalData)
            .Where(entry => entry.Key.StartsWith(EntryPrefix, StringComparison.Ordinal))
            .Select(entry => entry.Value.Split('|')).ToList();
        return entries.Count > 0
            && entries.TrueForAll(fields => Operators.Any(fields[0].StartsWith))
            && entries.SelectMany(fields => fields.Skip(1)).Select(Length).ToList() is var lengths
            && !lengths.Contains(0) && lengths.Sum() < MostBytes;
    }

    private static long Length(string field) => long.Parse(field.Split(';')[1], CultureInfo.InvariantCulture);
}
