using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>Finds the output that has the scores.</summary>
internal static class ScoreOutput
{
    private const string SetOutputName = "Set output.name in model.json to the output with the scores";

    /// <summary>Finds the output that the manifest names, or the only one that can have scores.</summary>
    public static Outcome<string> Find(ModelName name, InferenceSession session, Manifest manifest, InputShape shape)
    {
        if (!Pick(name, session, manifest.Output.Name).TryGet(out var output, out var refusal))
        {
            return refusal;
        }

        var metadata = session.OutputMetadata[output];
        if (!metadata.IsTensor || !IsNumeric(metadata.ElementDataType))
        {
            return Signature.Refuse(
                name,
                $"returns {Signature.TypeOf(metadata)} in output '{Printable.Text(output)}', but scores must be "
                + "numbers",
                session.OutputNames.Count > 1
                    ? SetOutputName
                    : "Export the model with the scores in a separate output");
        }

        var sizes = metadata.Dimensions;
        return (sizes.Length == 0 && shape != InputShape.OneImage)
            || (Count(sizes, shape) is { } scores && !Fits(manifest, scores))
                ? Signature.Refuse(
                    name,
                    $"returns shape {Signature.Text(sizes)} in output '{Printable.Text(output)}', but the manifest "
                    + $"has {Plural.Of(manifest.Labels.Count, "label")}",
                    Advice(manifest, Count(sizes, shape)))
                : output;
    }

    /// <summary>Returns the only output that can have scores, or null if there are several or none.</summary>
    public static string? Only(InferenceSession session)
    {
        var names = session.OutputNames;
        return names.Where(HasFractions).ToList() is [var only] ? only
            : names is [var single] && session.OutputMetadata[single].IsTensor ? single : null;

        bool HasFractions(string output) =>
            session.OutputMetadata[output] is { IsTensor: true, ElementDataType: var type } && IsFractional(type);
    }

    /// <summary>Returns true if the manifest allows this many scores per image.</summary>
    public static bool Fits(Manifest manifest, long scores) =>
        scores == manifest.Labels.Count || (scores == 1 && manifest.TakesOneScore);

    /// <summary>Returns a refusal if the manifest doesn't allow the number of scores that a run returned.</summary>
    public static Refusal? FindMisfit(ModelName name, Manifest manifest, int scores) => Fits(manifest, scores)
        ? null
        : Signature.Refuse(
            name,
            $"returns {Plural.Of(scores, "score")} for an image, but the manifest has "
            + Plural.Of(manifest.Labels.Count, "label"),
            Advice(manifest, scores));

    /// <summary>
    /// Advice for a manifest that doesn't allow this many scores per image, without the final period.
    /// </summary>
    public static string Advice(Manifest manifest, int? scores) => (scores, manifest.Labels.Count) switch
    {
        (1, 2) => "The softmax of one score is always 1. Set output.activation in model.json to \"sigmoid\", or to "
            + "\"none\" if the model already ends with sigmoid",
        (1, _) => "List two labels in model.json: the first for scores near 0, and the second for scores near 1",
        _ => "List one label per score in model.json",
    };

    /// <summary>Returns the number of values per image, or null if the file doesn't specify it.</summary>
    public static int? Count(int[] sizes, InputShape shape)
    {
        var ofImage = shape == InputShape.OneImage ? sizes : sizes[Math.Min(1, sizes.Length)..];
        return Array.TrueForAll(ofImage, size => size >= 0)
            ? (int)ofImage.Aggregate(1L, (product, size) => Math.Min(product * size, int.MaxValue))
            : null;
    }

    /// <summary>Returns true if the type can be converted to float32 scores.</summary>
    public static bool IsNumeric(TensorElementType type) => IsFractional(type)
        || type is TensorElementType.Int64 or TensorElementType.Int32;

    /// <summary>Reads the values of an output as float32.</summary>
    /// <param name="type">A type that <see cref="IsNumeric"/> accepts.</param>
    public static float[] Read(OrtValue output, TensorElementType type) => type switch
    {
        TensorElementType.Float => output.GetTensorDataAsSpan<float>().ToArray(),
        TensorElementType.Float16 => Convert(output.GetTensorDataAsSpan<Float16>(), value => (float)value),
        TensorElementType.Double => Convert(output.GetTensorDataAsSpan<double>(), value => (float)value),
        TensorElementType.Int64 => Convert(output.GetTensorDataAsSpan<long>(), value => (float)value),
        TensorElementType.Int32 => Convert(output.GetTensorDataAsSpan<int>(), value => (float)value),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static Outcome<string> Pick(ModelName name, InferenceSession session, string? wanted)
    {
        var names = session.OutputNames;
        if (wanted is not null && !names.Contains(wanted))
        {
            return Signature.Refuse(
                name, $"has no output '{Printable.Text(wanted)}' (outputs: {Signature.List(names)})", SetOutputName);
        }

        // ZipMap turns the scores into maps. Its input became an output when the file was inspected.
        if ((wanted is null || !session.OutputMetadata[wanted].IsTensor) && Only(session) is { } only)
        {
            return only;
        }

        return wanted is not null || names.Count == 1
            ? wanted ?? names[0]
            : Signature.Refuse(name, $"has {names.Count} outputs ({Signature.List(names)})", SetOutputName);
    }

    /// <summary>Returns true if the type can represent probabilities.</summary>
    public static bool IsFractional(TensorElementType type) =>
        type is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.Double;

    private static float[] Convert<T>(ReadOnlySpan<T> values, Func<T, float> convert)
    {
        var converted = new float[values.Length];
        for (var i = 0; i < converted.Length; i++)
        {
            converted[i] = convert(values[i]);
        }

        return converted;
    }
}
