namespace ServerlessMme.Onnx.Inspection;

/// <summary>Counts in messages.</summary>
internal static class Plural
{
    /// <summary>The count and its noun, as in <c>1 label</c> or <c>10 labels</c>.</summary>
    /// <param name="noun">Its plural ends with "s".</param>
    public static string Of(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
