using System.Globalization;
using Google.Protobuf;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>
/// Finds the scores of models from scikit-learn, ML.NET and Azure Custom Vision. These models can end with ZipMap,
/// which turns a tensor of scores into a list of maps.
/// </summary>
internal static class ZipMapOutputs
{
    private const string Operator = "ZipMap";
    private const string Domain = "ai.onnx.ml";

    /// <summary>The labels of the file's ZipMap, in the order of the scores. Empty if the file has no ZipMap.</summary>
    public static IEnumerable<string> Labels(GraphProto graph) => graph.Node
        .Where(node => node is { OpType: Operator, Domain: Domain })
        .SelectMany(node => node.Attribute)
        .SelectMany(attribute => attribute.Name switch
        {
            "classlabels_strings" => attribute.Strings.Select(label => label.ToStringUtf8()),
            "classlabels_int64s" => attribute.Ints.Select(label => label.ToString(CultureInfo.InvariantCulture)),
            _ => [],
        });

    /// <summary>
    /// Creates bytes that add ZipMap's inputs to a file's outputs when they are appended to the file. Empty if the file
    /// has no ZipMap. Parsers merge the parts of a concatenated protocol buffer.
    /// </summary>
    public static byte[] Suffix(ModelProto outline)
    {
        var outputs = outline.Graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var scores = outline.Graph.Node
            .Where(node => node is { OpType: Operator, Domain: Domain, Input.Count: > 0 }
                && node.Output.Any(outputs.Contains) && !outputs.Contains(node.Input[0]))
            .Select(node => new ValueInfoProto { Name = node.Input[0] })
            .ToList();
        return scores.Count == 0
            ? []
            : new ModelProto { Graph = new GraphProto { Output = { scores } } }.ToByteArray();
    }
}

/// <summary>
/// A temporary copy of a file with bytes appended, or the file itself if there are no bytes to append.
/// </summary>
internal sealed class ExtendedFile : IDisposable
{
    private readonly bool _isCopy;

    private ExtendedFile(string path, bool isCopy)
    {
        FullName = path;
        _isCopy = isCopy;
    }

    public string FullName { get; }

    /// <exception cref="IOException">The copy cannot be written.</exception>
    public static ExtendedFile Of(string path, byte[] suffix)
    {
        if (suffix.Length == 0)
        {
            return new ExtendedFile(path, isCopy: false);
        }

        var copy = new ExtendedFile(Path.GetTempFileName(), isCopy: true);
        try
        {
            using var target = new FileStream(copy.FullName, FileMode.Create);
            using (var source = File.OpenRead(path))
            {
                source.CopyTo(target);
            }

            target.Write(suffix);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_isCopy)
        {
            File.Delete(FullName);
        }
    }
}
