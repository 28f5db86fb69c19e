namespace ServerlessMme.Core.Models.Import;

/// <summary>Facts about a model that its ONNX file states.</summary>
/// <param name="Scores">The output that most likely has the scores; null if no output can have them.</param>
/// <param name="Outputs">Names of all outputs.</param>
/// <param name="Producer">
/// The program that wrote the file, such as <c>pytorch</c> or <c>tf2onnx</c>; may be empty.
/// </param>
/// <param name="Metadata">The file's <c>metadata_props</c>.</param>
/// <param name="ZipMapLabels">Labels in the file's ZipMap, in the order of the scores; empty without one.</param>
/// <param name="End">The function that produces the scores, if the graph shows it.</param>
/// <param name="NormalizesItself">True if the graph begins with arithmetic on the input and constants.</param>
/// <param name="FirstNames">Names of the first operators, in lower case. Keras puts the architecture there.</param>
public sealed record ModelFacts(
    TensorFacts Input,
    TensorFacts? Scores,
    IReadOnlyList<string> Outputs,
    string Producer,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<string> ZipMapLabels,
    ScoreFunction End,
    bool NormalizesItself,
    string FirstNames);

/// <summary>An input or an output.</summary>
/// <param name="Type">The element type, such as <c>float32</c>.</param>
/// <param name="Dimensions">The sizes; negative if a size is free.</param>
public sealed record TensorFacts(string Name, string Type, IReadOnlyList<int> Dimensions);

/// <summary>The last function before the scores.</summary>
public enum ScoreFunction
{
    /// <summary>Nothing that produces probabilities: the scores are logits.</summary>
    None,
    Softmax,
    LogSoftmax,
    Sigmoid,
}
