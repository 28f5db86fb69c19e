using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Drafts a manifest from an ONNX file and its companions.</summary>
public static class ManifestImporter
{
    // For larger sides, the side before the crop would exceed a manifest's limit.
    private const int MaxCroppedSide = 3500;

    /// <summary>Returns the draft. If the labels are unknown, it has placeholders, which are marked unsure.</summary>
    public static (ModelSource Source, Draft Draft) Read(ModelFacts facts, Companions files)
    {
        var source = ModelSources.Recognize(facts, files);
        var draft = new Draft
        {
            LabelCount = OutputDraft.LabelCount(facts),
            IsSizeFixed = InputDraft.IsSizeFixed(facts.Input, source),
        };
        InputDraft.Fill(draft, facts.Input, source);
        if (draft.Find("input.type")!.Value.GetValue<string>() == "uint8")
        {
            FillResize(draft, "stretch", "bilinear", "a guess", Certainty.Unsure);
        }
        else
        {
            FillPreprocessing(draft, source, facts, files);
        }

        OutputDraft.Fill(draft, facts, files, source);
        return (source, draft);
    }

    private static void FillPreprocessing(Draft draft, ModelSource source, ModelFacts facts, Companions files)
    {
        switch (source)
        {
            case ModelSource.HuggingFace when HuggingFaceDraft.TryFill(draft, files):
                break;
            case ModelSource.Timm:
                TimmDraft.Fill(draft, files);
                break;
            case ModelSource.CustomVision:
                FillCustomVision(draft, facts);
                break;
            case ModelSource.TeachableMachine:
                FillResize(draft, "cover", "lanczos", "used by Teachable Machine", Certainty.Likely);
                ValueRange.Signed.SetIn(draft, "used by Teachable Machine", Certainty.Likely);
                break;
            case ModelSource.OnnxModelZoo:
                FillModelZoo(draft, facts);
                break;
            case ModelSource.Keras:
                FillKeras(draft, facts);
                break;
            case ModelSource.Torchvision:
                FillTorchvision(draft, facts, "a guess: used by torchvision's models", Certainty.Unsure);
                break;
            case ModelSource.ScikitLearn or ModelSource.MlNet:
                FillResize(draft, "stretch", "bilinear", "a guess", Certainty.Unsure);
                FillOwnRange(draft, facts, ValueRange.Raw, "a guess: the file doesn't specify it");
                break;
            default:
                FillResize(draft, "stretch", "bilinear", "a guess", Certainty.Unsure);
                FillOwnRange(draft, facts, ValueRange.Unit, "a guess: the file doesn't specify it");
                break;
        }
    }

    private static void FillKeras(Draft draft, ModelFacts facts)
    {
        FillResize(
            draft, "stretch", facts.NormalizesItself ? "bilinear" : "nearest", "Keras's default",
            Certainty.Likely);
        if (facts.NormalizesItself)
        {
            ValueRange.Raw.SetIn(draft, "the model begins with a Rescaling layer", Certainty.Likely);
            return;
        }

        if (KerasApplications.Find(facts.FirstNames) is var (name, range))
        {
            if (range == ValueRange.Caffe)
            {
                draft.Set("input.channels", JsonValue.Create("BGR"), $"preprocess_input of {name}", Certainty.Likely);
            }

            range.SetIn(draft, $"preprocess_input of {name}", Certainty.Likely);
            return;
        }

        FillOwnRange(draft, facts, ValueRange.Unit, "a guess: Keras training code varies");
    }

    private static void FillCustomVision(Draft draft, ModelFacts facts)
    {
        const string Format = "Image.BitmapPixelFormat";
        const string Range = "Image.NominalPixelRange";
        if (facts.Metadata.TryGetValue(Format, out var format))
        {
            var isBgr = format.StartsWith("Bgr", StringComparison.OrdinalIgnoreCase);
            draft.Set(
                "input.channels", JsonValue.Create(isBgr ? "BGR" : "RGB"), $"{Format} {format}", Certainty.Certain);
        }

        FillResize(draft, "stretch", "bicubic", "used by Custom Vision", Certainty.Likely);
        if (!facts.Metadata.TryGetValue(Range, out var range))
        {
            FillOwnRange(draft, facts, ValueRange.Unit, "used by newer Custom Vision exports");
        }
        else
        {
            var isRaw = range.EndsWith("0_255", StringComparison.Ordinal);
            var isSigned = range.Contains("Minus1", StringComparison.OrdinalIgnoreCase);
            (isRaw ? ValueRange.Raw : isSigned ? ValueRange.Signed : ValueRange.Unit)
                .SetIn(draft, $"{Range} {range}", Certainty.Certain);
        }
    }

    private static void FillModelZoo(Draft draft, ModelFacts facts)
    {
        if (draft.Find("input.layout")!.Value.GetValue<string>() == "NCHW")
        {
            FillTorchvision(draft, facts, "used by the model zoo's PyTorch and MXNet models", Certainty.Likely);
            return;
        }

        // EfficientNet-Lite4 is the zoo's only classifier with channels last.
        const string Because = "used by the model zoo's EfficientNet-Lite4";
        FillResize(draft, "shorter-side", "bilinear", Because, Certainty.Likely);
        draft.Set("input.resize.side", JsonValue.Create(256), Because, Certainty.Likely);
        draft.Set("input.resize.offset", JsonValue.Create("floor"), Because, Certainty.Likely);
        new ValueRange("", "", 1, [127, 127, 127], [128, 128, 128]).SetIn(draft, Because, Certainty.Likely);
    }

    private static void FillTorchvision(Draft draft, ModelFacts facts, string because, Certainty certainty)
    {
        var side = Math.Min(
            draft.Find("input.width")!.Value.GetValue<int>(), draft.Find("input.height")!.Value.GetValue<int>());
        // Small inputs are typical of custom networks, which don't crop.
        if (side < 128 || side > MaxCroppedSide)
        {
            FillResize(draft, "stretch", "bilinear", "usual for inputs of this size", Certainty.Likely);
            FillOwnRange(draft, facts, ValueRange.Unit, "a guess: ToTensor() without Normalize");
            return;
        }

        FillResize(draft, "shorter-side", "bilinear", because, certainty);
        draft.Set("input.resize.side", JsonValue.Create((int)Math.Floor(side / 0.875)), because, certainty);
        FillOwnRange(draft, facts, ValueRange.ImageNet, because, certainty);
    }

    private static void FillResize(Draft draft, string mode, string filter, string because, Certainty certainty)
    {
        draft.Set("input.resize.mode", JsonValue.Create(mode), because, certainty);
        draft.Set("input.resize.filter", JsonValue.Create(filter), because, certainty);
    }

    private static void FillOwnRange(
        Draft draft, ModelFacts facts, ValueRange usual, string because, Certainty certainty = Certainty.Unsure)
    {
        if (facts.NormalizesItself)
        {
            // PyTorch code normalizes values from 0 to 1; other code mostly normalizes stored values.
            var range = usual == ValueRange.ImageNet ? ValueRange.Unit : usual;
            range.SetIn(draft, "a guess: the model begins with arithmetic on its input", Certainty.Unsure);
        }
        else
        {
            usual.SetIn(draft, because, certainty);
        }
    }
}
