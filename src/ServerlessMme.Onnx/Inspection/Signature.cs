using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>The input and the output that a manifest and an ONNX file agree on.</summary>
/// <param name="InputType">Float or Float16 if the manifest says float32; otherwise UInt8.</param>
/// <param name="OutputType">A type that <see cref="ScoreOutput.IsNumeric"/> accepts.</param>
/// <param name="FreeBatch">True if the first dimension is dynamic; false if it is 1 or missing.</param>
/// <param name="Scores">Number of output values per image; null if the file doesn't specify it.</param>
internal sealed record Signature(
    string Input,
    TensorElementType InputType,
    InputShape Shape,
    string Output,
    TensorElementType OutputType,
    bool FreeBatch,
    int? Scores)
{
    /// <summary>Compares the file with the manifest.</summary>
    public static Outcome<Signature> Of(ModelName name, InferenceSession session, Manifest manifest) =>
        Of(name, session, session, manifest);

    /// <summary>Compares a model in several sessions with the manifest.</summary>
    /// <param name="first">
    /// The session that takes the images. If it is another one than <paramref name="session"/>, its input may have
    /// another name.
    /// </param>
    /// <param name="session">The session that returns the scores.</param>
    public static Outcome<Signature> Of(
        ModelName name, InferenceSession first, InferenceSession session, Manifest manifest)
    {
        var inputName = first == session ? manifest.Input.Name : null;
        if (!FindInput(name, first, manifest.Input, inputName).TryGet(out var input, out var refusal))
        {
            return refusal;
        }

        var metadata = first.InputMetadata[input];
        if (!FindShape(name, input, metadata.Dimensions, manifest.Input).TryGet(out var shape, out refusal)
            || !ScoreOutput.Find(name, session, manifest, shape).TryGet(out var output, out refusal))
        {
            return refusal;
        }

        return new Signature(
            input,
            metadata.ElementDataType,
            shape,
            output,
            session.OutputMetadata[output].ElementDataType,
            shape != InputShape.OneImage && metadata.Dimensions[0] < 0,
            ScoreOutput.Count(session.OutputMetadata[output].Dimensions, shape));
    }

    internal static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(5).Select(each => $"'{Printable.Text(each, 40)}'"))
        + (names.Count > 5 ? ", …" : "");

    internal static string Text(int[] sizes) =>
        $"[{string.Join(",", sizes.Select(size => size < 0 ? "?" : $"{size}"))}]";

    internal static string TypeOf(NodeMetadata metadata) => !metadata.IsTensor
        ? metadata.OnnxValueType.ToString()
        : metadata.ElementDataType switch
        {
            TensorElementType.Float => "float32",
            TensorElementType.Double => "float64",
            var other => other.ToString().ToLowerInvariant(),
        };

    internal static Refusal Refuse(ModelName name, string problem, string wayOut) =>
        new(ErrorCode.InvalidModel, $"model.onnx of model '{name}' {problem}. {wayOut}.");

    private static Outcome<string> FindInput(
        ModelName name, InferenceSession session, InputSpec spec, string? wanted)
    {
        var names = session.InputNames;
        if (wanted is not null && !names.Contains(wanted))
        {
            return Refuse(name, $"has no input '{Printable.Text(wanted)}' (inputs: {List(names)})",
                "Set input.name in model.json to the input that takes the image");
        }

        if (names.Count > 1)
        {
            return Refuse(name, $"takes {names.Count} inputs ({List(names)}), but only one is supported",
                "Export the model with the image as its only input");
        }

        var metadata = session.InputMetadata[names[0]];
        TensorElementType[] accepted = spec.Type == TensorType.Float32
            ? [TensorElementType.Float, TensorElementType.Float16]
            : [TensorElementType.UInt8];
        if (metadata.IsTensor && accepted.Contains(metadata.ElementDataType))
        {
            return names[0];
        }

        var isSupported = metadata.IsTensor && metadata.ElementDataType
            is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.UInt8;
        var problem = $"expects {TypeOf(metadata)} for input '{Printable.Text(names[0])}', ";
        return isSupported
            ? Refuse(name, $"{problem}but input.type in model.json is {spec.Type.ToString().ToLowerInvariant()}",
                $"Set input.type to {(spec.Type == TensorType.Float32 ? "uint8" : "float32")}")
            : Refuse(name, $"{problem}which is not supported",
                "Export the model with a float32, float16 or uint8 input");
    }

    private static Outcome<InputShape> FindShape(ModelName name, string input, int[] dimensions, InputSpec spec)
    {
        foreach (var shape in (InputShape[])[InputShape.Images, InputShape.ImagesWithoutChannels, InputShape.OneImage])
        {
            if (Dimensions(spec, spec.Layout, shape) is not { } row || !Fits(dimensions, row))
            {
                continue;
            }

            return shape != InputShape.OneImage && dimensions[0] > 1
                ? Refuse("Export the model with a dynamic first dimension, or with a first dimension of 1")
                : shape;
        }

        var other = spec.Layout == TensorLayout.NCHW ? TensorLayout.NHWC : TensorLayout.NCHW;
        return dimensions.Length is not (3 or 4)
            ? Refuse($"An input with {Plural.Of(dimensions.Length, "dimension")} is not supported. Export the model "
                + "with a four-dimensional input whose first dimension is the number of images")
            : Fits(dimensions, Dimensions(spec, other, InputShape.Images)!)
            || Fits(dimensions, Dimensions(spec, other, InputShape.OneImage)!)
                ? Refuse($"Set input.layout in model.json to {other}")
                : Refuse("Set input.width, input.height, input.channels and input.layout in model.json to the values "
                    + "that the model was trained with");

        Refusal Refuse(string wayOut) => Signature.Refuse(
            name,
            $"expects shape {Text(dimensions)} for input '{Printable.Text(input)}', but the manifest says "
            + Text(Dimensions(spec, spec.Layout, InputShape.Images)!),
            wayOut);
    }

    private static int[]? Dimensions(InputSpec spec, TensorLayout layout, InputShape shape)
    {
        int[] image = layout == TensorLayout.NCHW
            ? [spec.ChannelCount, spec.Height, spec.Width]
            : [spec.Height, spec.Width, spec.ChannelCount];
        return shape switch
        {
            InputShape.Images => [-1, .. image],
            InputShape.OneImage => image,
            _ => spec.ChannelCount == 1 ? [-1, spec.Height, spec.Width] : null,
        };
    }

    private static bool Fits(int[] dimensions, int[] row) => dimensions.Length == row.Length
        && dimensions.Zip(row).All(pair => pair.First < 0 || pair.Second < 0 || pair.First == pair.Second);
}

/// <summary>The dimensions of an input.</summary>
internal enum InputShape
{
    /// <summary>Images, with their channels first or last.</summary>
    Images,

    /// <summary>
    /// Gray images without a channel dimension, as from Keras's <c>Input((28, 28))</c>: [images, height, width].
    /// </summary>
    ImagesWithoutChannels,

    /// <summary>One image, without a dimension for the number of images.</summary>
    OneImage,
}
