using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Models.Init;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models;

/// <summary>Checks a model folder with the app's own code, and reports each finding in one line.</summary>
internal sealed class ModelCheck(IModelCatalog catalog, ModelLoader loader, IImagePreprocessor preprocessor)
{
    private const float SumTolerance = 1e-3f;

    /// <summary>Loads the model and classifies an image with it.</summary>
    /// <param name="image">The image; null uses a <see cref="TestImage"/>.</param>
    public async Task<CheckReport> RunAsync(
        ModelName name, EncodedImage? image, CancellationToken cancellationToken)
    {
        var report = new CheckReport();
        if (await catalog.FindAsync(name, cancellationToken) is not { } descriptor)
        {
            return report.Wrong("The folder has no model.json. A model folder contains model.json and model.onnx. "
                + "'mme models init FILE.onnx' creates a model folder.");
        }

        if (!(await loader.LoadAsync(descriptor, cancellationToken)).TryGet(out var model, out var refusal))
        {
            return report.Wrong(refusal.Message);
        }

        using var backend = model.Backend;
        report.Fine($"model.json and model.onnx agree: {Counted.Of(model.Manifest.Labels.Count, "label")}, "
            + $"{Describe(model.Manifest.Input)}.");
        if (model.Manifest.Labels.Count == 1)
        {
            report.Wrong($"model.json lists only the label '{Printable.Text(model.Manifest.Labels[0])}', so every "
                + "image gets it. If the model has one sigmoid output, list two labels: the first for scores near 0, "
                + "the second for scores near 1.");
        }

        if (backend.MaxBatch == 1)
        {
            report.Note("The model takes one image at a time, because the first dimension of its input is fixed. That "
                + "works, but images can be scored together if you export the model with a dynamic batch dimension.");
        }

        using var testImage = image is null ? TestImage.Create(model.Manifest.Input) : null;
        await ScoreAsync(model, image ?? testImage!, report, cancellationToken);
        using var drawn = ProofImages.Draw(model.Manifest.Input);
        var trial = await new Proof(preprocessor).RunAsync(
            backend, model.Manifest.Input, drawn.Images, mayReverse: false, cancellationToken);
        if (trial.Problem is { } problem && report.IsFine)
        {
            report.Note($"With three test drawings, {problem}. If the model's answers for photos are no better, the "
                + "preprocessing in model.json is wrong. Use 'mme models init "
                + "--images' to find the right preprocessing.");
        }

        return report;
    }

    private async Task ScoreAsync(
        LoadedModel model, EncodedImage image, CheckReport report, CancellationToken cancellationToken)
    {
        using var tensors = new TensorBatch(model.Manifest.Input, 1);
        var input = model.Manifest.Input;
        if (await preprocessor.FillAsync(image, input, tensors, 0, cancellationToken) is { } unreadable)
        {
            report.Wrong(unreadable.Message);
            return;
        }

        var outcomes = await model.Backend.ScoreAsync(new ImageBatch([image], tensors), cancellationToken);
        if (!outcomes[0].TryGet(out var scores, out var refusal))
        {
            report.Wrong(refusal.Message);
            return;
        }

        CheckScores(model.Manifest, image, scores, report);
        var top = TopClasses.Of(scores, model.Manifest.Labels, Math.Min(3, model.Manifest.Top));
        report.Fine($"{Printable.Text(image.Reference.Name)}: " + string.Join(", ", top.Select(scored =>
            $"{scored.Label} {scored.Score.ToString("0.000", CultureInfo.InvariantCulture)}")));
    }

    private static void CheckScores(Manifest manifest, EncodedImage image, float[] scores, CheckReport report)
    {
        var sum = scores.Sum();
        var areInRange = Array.TrueForAll(scores, score => score is >= -SumTolerance and <= 1 + SumTolerance);
        var sumsToOne = Math.Abs(sum - 1) <= SumTolerance;
        var areIndependent = manifest.Output.Activation == Activation.Sigmoid
            || (manifest.Output.Task == OutputTask.Multi && areInRange);
        if (areIndependent || manifest.Labels.Count == 1 || (areInRange && sumsToOne))
        {
            return;
        }

        var name = Printable.Text(image.Reference.Name);
        report.Wrong(sumsToOne && manifest.TakesOneScore
            ? $"The score of {name} is {Text(scores[1])}, but a probability lies between 0 and 1. The model seems to "
                + "end without sigmoid. Set output.activation to \"sigmoid\" in model.json."
            : $"The scores of {name} sum to {Text(sum)}, but probabilities lie between 0 and 1 and sum to 1. The "
                + "model seems to end without softmax. Set output.activation to \"softmax\" in model.json, or to "
                + "\"sigmoid\" if several labels can be true at once.");

        static string Text(float value) => value.ToString("0.000", CultureInfo.InvariantCulture);
    }

    private static string Describe(InputSpec input) =>
        $"{input.Width} × {input.Height} {input.Channels} {input.Layout} {input.Type}, {Describe(input.Resize)}";

    internal static string Describe(ResizeSpec resize) => resize.Mode switch
    {
        ResizeMode.None => "no resizing",
        ResizeMode.ShorterSide => $"{resize.Filter} resizing of the shorter side to {resize.Side}, center crop",
        ResizeMode.StretchCrop => $"{resize.Filter} resizing to {resize.Side} × {resize.Side}, center crop",
        ResizeMode.Cover => $"{resize.Filter} resizing of the largest centered part with the input's aspect ratio",
        ResizeMode.Letterbox => $"{resize.Filter} resizing, letterboxed",
        _ => $"{resize.Filter} resizing, stretched",
    };
}

/// <summary>The findings of a check, without duplicates. Not thread-safe.</summary>
internal sealed class CheckReport
{
    private const string Ok = "ok";
    private const string Hint = "note";
    private const string Bad = "wrong";

    private readonly List<CheckFinding> _findings = [];

    public bool IsFine => !_findings.Exists(finding => finding.Kind == Bad);

    public IReadOnlyList<CheckFinding> Findings => _findings;

    /// <summary>The findings as text, one line each.</summary>
    public IEnumerable<string> Lines => _findings.Select(finding => $"{finding.Kind,-5}  {finding.Text}");

    public void Fine(string text) => Add(Ok, text);

    public void Note(string text) => Add(Hint, text);

    public CheckReport Wrong(string text)
    {
        Add(Bad, text);
        return this;
    }

    private void Add(string kind, string text)
    {
        var finding = new CheckFinding(kind, text);
        if (!_findings.Contains(finding))
        {
            _findings.Add(finding);
        }
    }
}

/// <param name="Kind"><c>ok</c>, <c>note</c> or <c>wrong</c>.</param>
internal sealed record CheckFinding(string Kind, string Text);

/// <summary>A check as JSON.</summary>
/// <param name="IsFine">True if the model can be published.</param>
internal sealed record CheckDocument(string Model, bool IsFine, IReadOnlyList<CheckFinding> Findings);
