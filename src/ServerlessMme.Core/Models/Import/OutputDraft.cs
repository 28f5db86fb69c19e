using System.Globalization;
using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>Drafts labels and the meaning of the output.</summary>
internal static class OutputDraft
{
    private const long MaxLabels = 100_000;

    public static void Fill(Draft draft, ModelFacts facts, Companions files, ModelSource source)
    {
        var count = Count(facts);
        FillLabels(draft, facts, files);
        var labels = draft.Find("labels")!.Value.AsArray().Count;
        if (facts.Scores is { } scores && facts.Outputs.Count > 1)
        {
            draft.Set(
                "output.name", JsonValue.Create(scores.Name),
                $"chosen from {facts.Outputs.Count} outputs by type and name",
                Certainty.Likely);
        }

        var isMulti = source == ModelSource.HuggingFace
            ? files.Json("config.json")?["problem_type"]?.ToString() == "multi_label_classification"
            : facts.End == ScoreFunction.Sigmoid && count != 1 && labels > 1;
        var (activation, because, certainty) = (facts.End, isMulti) switch
        {
            (ScoreFunction.Softmax, _) => ("none", "the model ends with softmax", Certainty.Certain),
            (ScoreFunction.Sigmoid, _) => ("none", "the model ends with sigmoid", Certainty.Certain),
            (ScoreFunction.LogSoftmax, _) => ("softmax", "the model ends with log-softmax", Certainty.Certain),
            (_, true) => ("sigmoid", "problem_type in config.json", Certainty.Certain),
            _ when facts.ZipMapLabels.Count > 0 => ("none", "ZipMap expects probabilities", Certainty.Likely),
            _ when count == 1 => ("sigmoid", "one score without an activation", Certainty.Likely),
            _ => ("softmax", "the model ends without an activation", Certainty.Likely),
        };
        draft.Set("output.activation", JsonValue.Create(activation), because, certainty);
        if (isMulti)
        {
            draft.Set(
                "output.task", JsonValue.Create("multi"),
                facts.End == ScoreFunction.Sigmoid ? "the model ends with sigmoid" : because, Certainty.Likely);
        }
    }

    /// <summary>Returns the number of labels that the scores need, or null if the file doesn't fix it.</summary>
    internal static int? LabelCount(ModelFacts facts) => Count(facts) is { } count ? Math.Max(2, count) : null;

    /// <summary>Returns the number of scores per image, or null if the file doesn't fix it.</summary>
    private static int? Count(ModelFacts facts)
    {
        if (facts.Scores is not { } scores)
        {
            return null;
        }

        // A model whose input has no batch dimension has none in its output either.
        var isOneImage = facts.Input.Dimensions is [3, _, _] or [_, _, 3];
        var ofImage = scores.Dimensions.Skip(isOneImage ? 0 : 1).ToList();
        // A manifest can't have more labels, so the model is refused in any case.
        return ofImage.All(size => size > 0)
            ? (int)ofImage.Aggregate(1L, (product, size) => Math.Min(product * size, MaxLabels))
            : null;
    }

    private static void FillLabels(Draft draft, ModelFacts facts, Companions files)
    {
        var wanted = LabelCount(facts);
        if (LabelSources.Find(facts, files) is var (labels, found))
        {
            if ((wanted is null || labels.Count == wanted) && LabelSources.FindDouble(labels) is null)
            {
                Set(labels, found, Certainty.Certain);
                return;
            }

            // TensorFlow's ImageNet models have one class before the usual thousand.
            if (labels.Count + 1 == wanted && LabelSources.FindDouble(labels) is null)
            {
                Set(["background", .. labels], $"{found}, plus a class that it doesn't name", Certainty.Unsure);
                return;
            }
        }

        var reason = LabelSources.Find(facts, files) is var (others, source)
            ? (LabelSources.FindDouble(others) is { } twice
                ? $"{source} names '{twice}' twice, so the classes are numbered"
                : $"{source} has {(others.Count == 1 ? "1 name" : $"{others.Count} names")} for {wanted} classes, "
                    + "so they are numbered")
            : "no file names the classes, so they are numbered";
        Set(
            [
                .. Enumerable.Range(0, wanted ?? 1)
                    .Select(i => string.Create(CultureInfo.InvariantCulture, $"class {i}")),
            ],
            reason, Certainty.Unsure);

        void Set(IReadOnlyList<string> names, string because, Certainty certainty) => draft.Set(
            "labels", new JsonArray([.. names.Select(name => JsonValue.Create(name))]), because, certainty);
    }
}
