using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Review;
using Spectre.Console;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Prints the evaluation as sentences and tables.</summary>
internal static class EvaluationText
{
    private const int MaxLabels = 30;
    private const int MaxConfusions = 5;
    private const int FewImages = 200;

    private static readonly double[] Shown = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

    /// <summary>Returns the thresholds to show: a fixed selection, and the suggested one.</summary>
    public static IEnumerable<AcceptanceThreshold> ShownThresholds(DocumentAcceptance acceptance) =>
        acceptance.Thresholds.Where(each => Shown.Contains(each.MinScore) || each.MinScore == acceptance.MinScore);

    /// <summary>Describes the effect of the best temperature.</summary>
    public static string Temperature(EvaluationDocument document)
    {
        if (document.Calibration is not { NegativeLogLikelihood: { } loss } calibration
            || document.Temperature is not { } fitted)
        {
            return "No temperature is fitted, because the scores are not softmax probabilities.";
        }

        if (fitted.IsAtBound)
        {
            return Text($"The best temperature is beyond {fitted.Value:0.##}, so these images cannot determine it. ")
                + "Use more images, especially some that the model gets wrong.";
        }

        // A model at its best temperature finds the same one again, to a few digits.
        if (Math.Abs(Math.Log(fitted.Value / document.Model.Temperature)) < 0.02)
        {
            return "The model already has its best temperature.";
        }

        var sure = fitted.Value > document.Model.Temperature ? "overconfident" : "underconfident";
        var next = fitted.Acceptance.MinScore is { } least
            ? Text($"With this temperature, accept scores of {least:0.00} and above.")
            : "With this temperature, no acceptance threshold reaches the target.";
        return Text($"The model is {sure}. With \"temperature\": {fitted.Value:0.###} in the output section of ")
            + Text($"model.json, the calibration error changes from {calibration.Error:0.000} to ")
            + Text($"{fitted.Error:0.000}, and the negative log likelihood from {loss:0.000} to ")
            + Text($"{fitted.NegativeLogLikelihood:0.000}. {next}");
    }

    /// <summary>Returns one line per kind of image that doesn't count.</summary>
    /// <param name="container">The container that has the images; null for a local folder.</param>
    public static IEnumerable<string> LeftOut(EvaluationDocument document, string? container)
    {
        var images = document.Images;
        foreach (var code in images.Refused.GroupBy(image => image.Code).OrderBy(group => group.Key))
        {
            var reason = container is not null && code.Key == nameof(ErrorCode.ImageNotFound)
                ? $"missing from {container}"
                : $"refused with {code.Key}";
            yield return $"{Counted.Of(code.Count(), "image")} {reason}: "
                + $"{Counted.Names(code.Select(image => image.Image))}.";
        }

        if (images.UnknownFolders.Count > 0)
        {
            yield return $"{Counted.Of(images.UnknownFolders.Sum(folder => folder.Images), "image")} in "
                + $"{Counted.Of(images.UnknownFolders.Count, "folder")} without a matching label: "
                + $"{Counted.Names(images.UnknownFolders.Select(folder => folder.Folder))}.";
        }

        if (images.UnknownLabels.Count > 0)
        {
            yield return $"{Counted.Of(images.UnknownLabels.Sum(label => label.Images), "image")} with a correct label "
                + $"that the model doesn't have: {Counted.Names(images.UnknownLabels.Select(label => label.Label))}.";
        }

        if (images.ArchiveEntries > 0)
        {
            yield return $"{Counted.Of(images.ArchiveEntries, "image")} in archives.";
        }

        if (images.SampledFrom is { } all)
        {
            var sampled = images.Evaluated + images.Refused.Count;
            yield return $"{Counted.Number(all - sampled)} of {Counted.Of(all, "image")}, because of --sample.";
        }

        if (images.Unlabeled > 0)
        {
            yield return $"{Counted.Of(images.Unlabeled, "image")} not in a label folder.";
        }

        if (images.Skipped is { } skipped)
        {
            yield return $"{Counted.Of(skipped.Count, "other file")}: {skipped}.";
        }
    }

    public static void Print(EvaluationDocument document)
    {
        var accuracy = document.Accuracy;
        Console.WriteLine(
            $"{document.Model.Name}: {accuracy.Hits} of {accuracy.Images} images right, {Range(accuracy)}");
        Console.WriteLine(string.Join("", document.Top.Select(top =>
            Text($"top {top.K}: {top.Accuracy.Value:0.0%}   "))).TrimEnd());
        PrintLabels(document);
        var wrong = document.Confusion.Where(pair => pair.Label != pair.Answer).Take(MaxConfusions)
            .Select(pair => Text($"{Name(pair.Label)} → {Name(pair.Answer)} {pair.Count}")).ToList();
        if (wrong.Count > 0)
        {
            Console.WriteLine($"Most often confused: {string.Join(", ", wrong)}.");
        }

        if (document.Calibration is { } calibration)
        {
            Console.WriteLine(Text($"Calibration error {calibration.Error:0.000}. {Temperature(document)}"));
        }

        PrintAcceptance(document);
        if (document.Images.Evaluated < FewImages)
        {
            Console.WriteLine($"With only {Counted.Of(document.Images.Evaluated, "image")}, the intervals are wide.");
        }
    }

    /// <summary>Prints one row of figures per label. Shares are between 0 and 1.</summary>
    public static void PrintCsv(EvaluationDocument document) => CsvOutput.Write(
        [
            "label", "images", "answers", "recall", "recallLower", "recallUpper", "precision", "precisionLower",
            "precisionUpper", "f1",
        ],
        document.Labels.Select(IReadOnlyList<string?> (row) =>
        [
            CsvOutput.Text(row.Label), CsvOutput.Number(row.Support), CsvOutput.Number(row.Answers),
            .. Cells(row.Recall), .. Cells(row.Precision), CsvOutput.Number(row.F1),
        ]));

    private static string?[] Cells(Proportion? share) =>
        [CsvOutput.Number(share?.Value), CsvOutput.Number(share?.Lower), CsvOutput.Number(share?.Upper)];

    private static void PrintLabels(EvaluationDocument document)
    {
        var table = new Table().AddColumn("label").AddColumn("images", column => column.RightAligned())
            .AddColumns("recall", "precision").AddColumn("F1", column => column.RightAligned());
        var rows = document.Labels.Count > MaxLabels
            ? document.Labels.Where(row => row.Support > 0).OrderBy(row => row.F1).Take(MaxLabels).ToList()
            : document.Labels;
        foreach (var row in rows)
        {
            table.AddRow(
                Markup.Escape(Name(row.Label)), Text($"{row.Support}"), Range(row.Recall), Range(row.Precision),
                row.F1 is { } f1 ? Text($"{f1:0.00}") : "");
        }

        Screen.Console.Write(table);
        if (rows.Count < document.Labels.Count)
        {
            Console.WriteLine(
                $"Showing the {rows.Count} of {document.Labels.Count} labels with the lowest F1. --json lists all.");
        }
    }

    private static void PrintAcceptance(EvaluationDocument document)
    {
        if (document.Acceptance is not { } acceptance)
        {
            Console.WriteLine("Scores are not between 0 and 1, so calibration and acceptance are not reported. Set "
                + "output.activation in model.json if the model ends without softmax or sigmoid.");
            return;
        }

        var table = new Table().AddColumn("minimum score", column => column.RightAligned())
            .AddColumn("accepted", column => column.RightAligned()).AddColumn("right");
        foreach (var row in ShownThresholds(acceptance))
        {
            var mark = row.MinScore == acceptance.MinScore ? "  ◄" : "";
            table.AddRow(
                Text($"{row.MinScore:0.00}"), Text($"{row.Coverage.Value:0.0%}"), Range(row.Accuracy) + mark);
        }

        Screen.Console.Write(table);
        Console.WriteLine(acceptance.Sentence);
    }

    private static string Range(Proportion? share) => share is { } known
        ? Text($"{known.Value:0.0%} ({known.Lower:0.0%} to {known.Upper:0.0%})")
        : "";

    private static string Name(string text) => Printable.Text(text, 60);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
