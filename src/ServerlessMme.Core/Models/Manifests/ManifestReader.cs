using System.Text.Json;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Manifests;

/// <summary>
/// Reads <c>model.json</c> and reports all its problems together. See docs/schemas/v1/manifest.json.
/// </summary>
public static class ManifestReader
{
    /// <summary>Maximum size of a manifest, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxLabels = 100_000;
    private const int DefaultTop = 5;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>
    /// Reads a manifest. Returns <see cref="ErrorCode.InvalidManifest"/> with all problems if it doesn't match the
    /// schema.
    /// </summary>
    /// <param name="model">For error messages.</param>
    /// <param name="json">UTF-8, at most <see cref="MaxBytes"/> bytes.</param>
    public static Outcome<Manifest> Read(ModelName model, ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            return Refuse(model, [$"it has {json.Length} bytes, but the limit is {MaxBytes}"]);
        }

        try
        {
            if (json.Span.StartsWith("\uFEFF"u8))
            {
                json = json[3..];
            }

            using var document = JsonDocument.Parse(json, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return Refuse(model, ["it must be a JSON object"]);
            }

            var problems = new List<string>();
            var manifest = ReadManifest(new ManifestNode(document.RootElement, "", problems));
            return problems.Count == 0 ? manifest : Refuse(model, problems);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new Refusal(
                ErrorCode.InvalidManifest,
                $"model.json of '{model}' is not valid JSON: {JsonProblem.Describe(json.Span, exception)}.");
        }
    }

    private static Manifest ReadManifest(ManifestNode root)
    {
        root.Knows("labels", "input", "output", "top", "backend", "accept", "onnx", "description", "metadata");
        var labels = root.Strings("labels", MaxLabels);
        var input = InputReader.Read(root.Object("input", isRequired: true));
        var output = ReadOutput(root.Object("output", isRequired: false));
        var top = root.Integer("top", 1, MaxLabels, DefaultTop);
        var backend = ReadBackend(root.Object("backend", isRequired: false));
        root.OnlyWith("accept", output.Task == OutputTask.Single, "output.task is single");
        root.OnlyWith("onnx", backend.Type == "onnx", "backend.type is onnx");
        return new Manifest(labels, input, output, Math.Min(top, Math.Max(1, labels.Count)), backend)
        {
            Accept = ReadAccept(root.Object("accept", isRequired: false), labels),
            Weights = ReadWeights(root.Object("onnx", isRequired: false)),
        };
    }

    private static OutputSpec ReadOutput(ManifestNode node)
    {
        node.Knows("name", "activation", "task", "threshold", "temperature");
        var task = node.Choice("task", OutputTask.Single);
        var activation = node.Choice("activation", Activation.None);
        node.OnlyWith("threshold", task == OutputTask.Multi, "task is multi");
        node.OnlyWith(
            "temperature",
            task == OutputTask.Single && activation != Activation.Sigmoid,
            "task is single and activation is none or softmax");
        return new OutputSpec(
            node.Text("name"), activation, task, node.Fraction("threshold", 0.5), node.Positive("temperature", 1));
    }

    private static AcceptSpec ReadAccept(ManifestNode node, IReadOnlyList<string> labels)
    {
        node.Knows("minScore", "minMargin", "labels");
        var each = node.Object("labels", isRequired: false);
        each.Knows([.. labels]);
        return new AcceptSpec(
            node.Share("minScore", 0),
            node.Share("minMargin", 0),
            each.Members().ToDictionary(label => label, label => each.Share(label, 0), StringComparer.Ordinal));
    }

    private static WeightType? ReadWeights(ManifestNode node)
    {
        node.Knows("weights");
        return node.Choice<WeightType>("weights");
    }

    private static BackendSpec ReadBackend(ManifestNode node)
    {
        var settings = node.Members().Where(member => member != "type")
            .ToDictionary(member => member, member => node.Text(member) ?? "", StringComparer.Ordinal);
        return new BackendSpec(node.Text("type") ?? "onnx", settings);
    }

    private static Refusal Refuse(ModelName model, IReadOnlyList<string> problems) => new(
        ErrorCode.InvalidManifest,
        $"model.json of '{model}' is invalid: {string.Join("; ", problems)}.");
}
