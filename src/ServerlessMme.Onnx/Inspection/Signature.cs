using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>The input and the output that a manifest and an ONNX file agree on.</summary>
/// <param name="Input">The input's name.</param>
/// <param name="Output">The output's name.</param>
/// <param name="FreeBatch">True when the first dimension is free, false when it is 1.</param>
/// <param name="Scores">Values that an image gets at the output; null when the file leaves that open.</param>
internal sealed record Signature(string Input, string Output, bool FreeBatch, int? Scores)
{
    /// <summary>True when the manifest has a meaning for so many values.</summary>
    public static bool Fits(Manifest manifest, long scores) =>
        scores == manifest.Labels.Count || (scores == 1 && manifest.TakesOneScore);

    /// <summary>Compares what the file says with the manifest.</summary>
    public static Outcome<Signature> Of(ModelName name, InferenceSession session, Manifest manifest)
    {
        if (!FindInput(name, session, manifest.Input).TryGet(out var input, out var refusal))
        {
            return refusal;
        }

        if (!FindOutput(name, session, manifest).TryGet(out var output, out refusal))
        {
            return refusal;
        }

        var free = session.InputMetadata[input].Dimensions[0] < 0;
        return new Signature(input, output, free, ScoresOf(session.OutputMetadata[output].Dimensions));
    }

    private static Outcome<string> FindInput(ModelName name, InferenceSession session, InputSpec spec)
    {
        if (!Pick(name, "input", spec.Name, session.InputNames).TryGet(out var input, out var refusal))
        {
            return refusal;
        }

        if (session.InputNames.Count > 1)
        {
            return Refuse(name, $"wants {List(session.InputNames)}, and only an image can be given",
                "export it with one input");
        }

        var metadata = session.InputMetadata[input];
        var wanted = spec.Type == TensorType.Float32 ? TensorElementType.Float : TensorElementType.UInt8;
        if (!metadata.IsTensor || metadata.ElementDataType != wanted)
        {
            var isSupported = metadata.IsTensor
                && metadata.ElementDataType is TensorElementType.Float or TensorElementType.UInt8;
            return Refuse(name, $"takes {TypeOf(metadata)} at input '{Printable.Text(input)}', and the manifest says "
                + spec.Type.ToString().ToLowerInvariant(),
                isSupported
                    ? "set input.type in model.json"
                    : $"{TypeOf(metadata)} inputs are not supported, export it with a float32 or uint8 input");
        }

        if (ShapeProblem(metadata.Dimensions, spec) is { } problem)
        {
            return Refuse(name, $"takes {Shape(metadata.Dimensions)} at input '{Printable.Text(input)}', "
                + $"and the manifest says {Shape(Row(spec, spec.Layout))}", problem);
        }

        return input;
    }

    private static string? ShapeProblem(int[] dimensions, InputSpec spec)
    {
        if (Fits(dimensions, Row(spec, spec.Layout)))
        {
            return dimensions[0] > 1 ? "export it with a free first dimension, or 1" : null;
        }

        if (dimensions.Length != 4)
        {
            return $"inputs of {dimensions.Length} dimensions are not supported, export it with 4, of which the first "
                + "is the number of images";
        }

        var other = spec.Layout == TensorLayout.NCHW ? TensorLayout.NHWC : TensorLayout.NCHW;
        return Fits(dimensions, Row(spec, other))
            ? $"set input.layout to {other} in model.json"
            : "set input.width, height, channels and layout in model.json to what it was trained with";
    }

    private static int[] Row(InputSpec spec, TensorLayout layout) => layout == TensorLayout.NCHW
        ? [-1, spec.ChannelCount, spec.Height, spec.Width]
        : [-1, spec.Height, spec.Width, spec.ChannelCount];

    private static bool Fits(int[] dimensions, int[] row) => dimensions.Length == row.Length
        && dimensions.Zip(row).Skip(1).All(pair => pair.First < 0 || pair.First == pair.Second);

    private static Outcome<string> FindOutput(ModelName name, InferenceSession session, Manifest manifest)
    {
        if (!Pick(name, "output", manifest.Output.Name, session.OutputNames).TryGet(out var output, out var refusal))
        {
            return refusal;
        }

        var metadata = session.OutputMetadata[output];
        if (!metadata.IsTensor || metadata.ElementDataType != TensorElementType.Float)
        {
            return Refuse(name, $"gives {TypeOf(metadata)} at output '{Printable.Text(output)}', "
                + "and only float32 scores are supported",
                session.OutputNames.Count > 1
                    ? "name the output with the scores in output.name in model.json"
                    : "export it with float32 scores at an output of their own");
        }

        var sizes = metadata.Dimensions;
        if (sizes.Length == 0 || (ScoresOf(sizes) is { } scores && !Fits(manifest, scores)))
        {
            return Refuse(name, $"gives {Shape(sizes)} at output '{Printable.Text(output)}', and the manifest has "
                + $"{manifest.Labels.Count} labels", ScoresAdvice(manifest, ScoresOf(sizes)));
        }

        return output;
    }

    /// <summary>What to change when the labels do not fit the values that an image gets.</summary>
    public static string ScoresAdvice(Manifest manifest, int? scores) =>
        (scores, manifest.Labels.Count) switch
        {
            (1, 2) => "softmax of one score is always 1, set output.activation in model.json to \"sigmoid\", or to "
                + "\"none\" if the model ends with it",
            (1, _) => "list two labels in model.json, the second for scores near 1",
            _ => "list one label for each score in model.json",
        };

    private static int? ScoresOf(int[] sizes) => sizes.Skip(1).All(size => size >= 0)
        ? (int)sizes.Skip(1).Aggregate(1L, (product, size) => Math.Min(product * size, int.MaxValue))
        : null;

    private static Outcome<string> Pick(ModelName name, string what, string? wanted, IReadOnlyList<string> names)
    {
        if (wanted is null)
        {
            return names.Count == 1 ? names[0] : Refuse(name, $"has {names.Count} {what}s ({List(names)})",
                $"name one in {what}.name in model.json");
        }

        return names.Contains(wanted) ? wanted : Refuse(name, $"has no {what} '{Printable.Text(wanted)}', it has "
            + List(names), $"set {what}.name in model.json");
    }

    private static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(5).Select(each => $"'{Printable.Text(each, 40)}'"))
        + (names.Count > 5 ? ", …" : "");

    private static string Shape(int[] sizes) =>
        $"[{string.Join(",", sizes.Select(size => size < 0 ? "?" : $"{size}"))}]";

    private static string TypeOf(NodeMetadata metadata) => !metadata.IsTensor
        ? metadata.OnnxValueType.ToString()
        : metadata.ElementDataType switch
        {
            TensorElementType.Float => "float32",
            TensorElementType.Double => "float64",
            var other => other.ToString().ToLowerInvariant(),
        };

    private static Refusal Refuse(ModelName name, string problem, string wayOut) =>
        new(ErrorCode.InvalidModel, $"model.onnx of model '{name}' {problem}: {wayOut}.");
}
