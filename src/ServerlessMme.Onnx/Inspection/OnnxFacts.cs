using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Onnx.Outline;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>Reads facts from an ONNX file, so a manifest can be created from them.</summary>
public static class OnnxFacts
{
    private static readonly string[] ShapeOnly =
        ["Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"];

    // The names that most likely mean scores come first.
    private static readonly string[] ScoreNames = ["prob", "score", "logits"];

    private const int FirstNodes = 40;

    private static readonly string[] Arithmetic = ["Mul", "Div", "Sub", "Add", "BatchNormalization"];

    /// <summary>Reads the facts, or returns a refusal if the file cannot be loaded.</summary>
    /// <param name="name">For error messages.</param>
    /// <param name="maxBytes">Larger files are refused.</param>
    public static Outcome<ModelFacts> Read(ModelName name, string path, long maxBytes)
    {
        if (!OnnxFile.Read(name, path, maxBytes).TryGet(out var outline, out var refusal))
        {
            return refusal;
        }

        RuntimeTelemetry.Disable();
        try
        {
            using var file = ExtendedFile.Of(path, ZipMapOutputs.Suffix(outline));
            using var settings = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };
            using var session = new InferenceSession(file.FullName, settings);
            return session.InputNames.Count == 0
                ? Signature.Refuse(name, "has no input", "Export the model with the image as its input")
                : Read(session, outline.Graph);
        }
        catch (OnnxRuntimeException exception)
        {
            return Signature.Refuse(
                name, $"cannot be loaded ({RuntimeMessage.Of(exception)})", OnnxFile.ExportAgain);
        }
    }

    private static ModelFacts Read(InferenceSession session, GraphProto graph)
    {
        var input = session.InputNames[0];
        var scores = ScoreOutput.Only(session) ?? MostLikely(session, session.InputMetadata[input].Dimensions);
        return new ModelFacts(
            Describe(input, session.InputMetadata[input]),
            scores is null ? null : Describe(scores, session.OutputMetadata[scores]),
            [.. session.OutputNames],
            session.ModelMetadata.ProducerName,
            session.ModelMetadata.CustomMetadataMap,
            [.. ZipMapOutputs.Labels(graph)],
            scores is null ? ScoreFunction.None : FindEnd(graph, scores),
            NormalizesItself(graph, input),
            string.Join(' ', graph.Node.Take(FirstNodes).SelectMany(node => node.Output.Prepend(node.Name)))
                .ToLowerInvariant());
    }

    /// <summary>
    /// Finds the floating-point output whose name most likely means scores. Outputs with the input's shape are ignored.
    /// </summary>
    private static string? MostLikely(InferenceSession session, int[] input) => session.OutputNames
        .Where(name => session.OutputMetadata[name] is { IsTensor: true } metadata
            && ScoreOutput.IsFractional(metadata.ElementDataType)
            && metadata.Dimensions.Length is 1 or 2 && !metadata.Dimensions.SequenceEqual(input))
        .OrderBy(name => Array.FindIndex(ScoreNames, part => name.Contains(part, StringComparison.OrdinalIgnoreCase))
            is var place and >= 0 ? place : ScoreNames.Length)
        .FirstOrDefault();

    private static TensorFacts Describe(string name, NodeMetadata metadata) => new(
        name, Signature.TypeOf(metadata), metadata.IsTensor ? [.. metadata.Dimensions] : []);

    /// <summary>
    /// Finds the function that computes the scores, by walking back over operators that only change the shape.
    /// </summary>
    private static ScoreFunction FindEnd(GraphProto graph, string tensor)
    {
        var makers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
            {
                makers.TryAdd(output, node);
            }
        }

        for (var steps = 0; steps < 10 && makers.TryGetValue(tensor, out var node); steps++)
        {
            switch (node.OpType)
            {
                case "Softmax":
                    return ScoreFunction.Softmax;
                case "LogSoftmax":
                    return ScoreFunction.LogSoftmax;
                case "Sigmoid":
                    return ScoreFunction.Sigmoid;
                default:
                    if (!ShapeOnly.Contains(node.OpType) || node.Input.Count == 0)
                    {
                        return ScoreFunction.None;
                    }

                    tensor = node.Input[0];
                    break;
            }
        }

        return ScoreFunction.None;
    }

    /// <summary>
    /// Returns true if the first operator that changes the input's values is arithmetic with a constant.
    /// </summary>
    private static bool NormalizesItself(GraphProto graph, string tensor)
    {
        var constants = graph.Initializer.Select(initializer => initializer.Name)
            .Concat(graph.Node.Where(node => node.OpType == "Constant").SelectMany(node => node.Output))
            .ToHashSet(StringComparer.Ordinal);
        for (var steps = 0; steps < 10; steps++)
        {
            if (graph.Node.FirstOrDefault(node => node.Input.Contains(tensor)) is not { } node)
            {
                return false;
            }

            if (Arithmetic.Contains(node.OpType))
            {
                return node.Input.Any(constants.Contains);
            }

            if (!ShapeOnly.Contains(node.OpType) || node.Output.Count == 0)
            {
                return false;
            }

            tensor = node.Output[0];
        }

        return false;
    }
}
